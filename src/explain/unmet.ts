import type { CompiledRule, RoutePort } from '../api/kinds.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../api/meta.ts';
import { matchesSelector } from '../compile/label-selector.ts';
import { cidrContains, parseCidr } from '../net/cidr.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import type { Question } from './question.ts';

type Labels = Readonly<Record<string, string>>;

/** What of a rule does not fit the packet, one sentence each: what would have to be otherwise. Empty: the rule applies. */
export function unmetFacts(
  rule: CompiledRule,
  question: Question,
  excludedNamespaces: readonly string[],
): readonly string[] {
  return [
    ...unmetNamespace(rule, question, excludedNamespaces),
    ...unmetLabels('label', rule.podSelector, question.pod.metadata.labels),
    ...unmetAccount(rule, question),
    ...unmetDestination(rule, question.destination),
    ...unmetPort(rule, question),
  ];
}

function unmetNamespace(
  { route, namespaceSelector }: CompiledRule,
  { namespace: { metadata } }: Question,
  excludedNamespaces: readonly string[],
): string[] {
  if (route.kind === 'EgressRoute')
    return route.namespace === metadata.name
      ? []
      : [`the Pod must be in namespace ${route.namespace ?? ''} (it is in ${metadata.name})`];
  if (namespaceSelector !== undefined) return unmetLabels("the namespace's label", namespaceSelector, metadata.labels);
  return excludedNamespaces.includes(metadata.name)
    ? [`namespace ${metadata.name} must not be excluded: without a namespaceSelector the class leaves it out`]
    : [];
}

/** What of a selector these labels do not meet; `what` names the label's place. */
export function unmetLabels(what: string, selector: LabelSelector | undefined, labels: Labels = {}): string[] {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const equal = Object.entries(matchLabels).map(([key, value]): LabelSelectorRequirement => {
    return { key, operator: 'In', values: [value] };
  });
  return [...equal, ...matchExpressions]
    .filter((requirement) => !matchesSelector({ matchExpressions: [requirement] }, labels))
    .map((requirement) => `${what} ${describeRequirement(requirement)} (${ownLabel(requirement.key, labels)})`);
}

function describeRequirement({ key, operator, values = [] }: LabelSelectorRequirement): string {
  const one = values.length === 1 ? (values[0] ?? '') : `one of ${values.join(', ')}`;
  switch (operator) {
    case 'In':
      return `${key} must be ${one}`;
    case 'NotIn':
      return `${key} must not be ${one}`;
    case 'Exists':
      return `${key} must be there`;
    case 'DoesNotExist':
      return `${key} must not be there`;
    default:
      return `${key} meets no operator "${operator}"`;
  }
}

function ownLabel(key: string, labels: Labels): string {
  return Object.hasOwn(labels, key) ? `it is ${labels[key]}` : 'it is not there';
}

function unmetAccount({ serviceAccounts = [] }: CompiledRule, { pod }: Question): string[] {
  const own = pod.spec.serviceAccountName || 'default';
  if (serviceAccounts.length === 0 || serviceAccounts.includes(own)) return [];
  return [`the ServiceAccount must be ${oneOf(serviceAccounts)} (it is ${own})`];
}

function unmetDestination({ destinations }: CompiledRule, ip: Ip): string[] {
  if (destinations === undefined) return [];
  const holds = (text: string): boolean => {
    const cidr = parseCidr(text);
    return cidr !== undefined && cidrContains(cidr, ip);
  };
  const around = destinations.filter(({ cidr }) => holds(cidr));
  if (around.some(({ except = [] }) => !except.some(holds))) return [];
  const excepted = around.flatMap(({ cidr, except = [] }) => except.filter(holds).map((cut) => ({ cidr, cut })));
  if (excepted.length > 0)
    return excepted.map(({ cidr, cut }) => `${formatIp(ip)} must not be excepted from ${cidr} (it is in ${cut})`);
  return [`the destination must be in ${oneOf(destinations.map(({ cidr }) => cidr))} (it is ${formatIp(ip)})`];
}

function unmetPort({ ports = [] }: CompiledRule, { protocol, port: own }: Question): string[] {
  if (ports.length === 0) return [];
  const wanted = `it must go to ${oneOf(ports.map(describePort))}`;
  const ofProtocol = ports.filter((port) => (port.protocol ?? 'TCP') === protocol);
  if (ofProtocol.length === 0) return [`${wanted} (it is ${protocol})`];
  if (own === undefined) return [`${wanted} (no port was told)`];
  const isHit = ofProtocol.some(({ port, endPort }) => port === undefined || (port <= own && own <= (endPort ?? port)));
  return isHit ? [] : [`${wanted} (it is ${protocol} ${own})`];
}

/** "TCP 443", "TCP 8000-8100", "UDP". */
export function describePort({ protocol = 'TCP', port, endPort }: RoutePort): string {
  if (port === undefined) return protocol;
  return `${protocol} ${endPort === undefined || endPort === port ? port : `${port}-${endPort}`}`;
}

const mostTold = 4;

function oneOf(texts: readonly string[]): string {
  const told = texts.slice(0, mostTold).join(', ');
  const more = texts.length > mostTold ? ` or one of ${texts.length - mostTold} more` : '';
  return texts.length === 1 ? told : `one of ${told}${more}`;
}
