import type { Wrong } from '../mistakes.ts';
import { holds, overlap, readAddress, readCidr } from './ip.ts';
import { selects } from './selectors.ts';
import type { RouteMatch } from './view.ts';

/** One match of one rule of an accepted route, with all that precedence asks for. */
export interface EgressRule {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly created: string;
  /** Place in the route: of the rule, and of the match in it. */
  readonly place: number;
  readonly match: RouteMatch;
  /** Uid of the Gateway that the traffic takes. */
  readonly gateway: string;
  /** Namespaces that a ClusterEgressRoute without namespaceSelector leaves alone. */
  readonly excluded: readonly string[];
}

/** A packet with what is known of the Pod that sent it. */
export interface Packet {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: string;
}

/** A rule that matches a packet, by its longest matching destination prefix. */
interface Hit {
  readonly rule: EgressRule;
  readonly prefix: number;
}

/** The rule that a packet follows; undefined when none matches (api.md §4). */
export function winningRule(rules: readonly EgressRule[], packet: Packet, wrong: Wrong): EgressRule | undefined {
  const hits = rules.flatMap((rule) => {
    const prefix = matchRule(rule, packet, wrong);
    return prefix === undefined ? [] : [{ rule, prefix }];
  });
  return hits.sort((a, b) => compareHits(a, b, wrong))[0]?.rule;
}

function matchRule(rule: EgressRule, packet: Packet, wrong: Wrong): number | undefined {
  const { match } = rule;
  if (!matchesNamespace(rule, packet, wrong) || !matchesPod(match, packet, wrong)) return undefined;
  if (!matchesPort(match, packet, wrong)) return undefined;
  return longestPrefix(match, packet, wrong);
}

function matchesNamespace({ namespace, match, excluded }: EgressRule, packet: Packet, wrong: Wrong): boolean {
  if (namespace !== undefined) return namespace === packet.namespace || wrong('other-namespaces-selected');
  if (match.namespaceSelector === undefined || wrong('route-namespace-selector-ignored')) {
    return !excluded.includes(packet.namespace);
  }
  return selects(match.namespaceSelector, packet.namespaceLabels);
}

function matchesPod({ podSelector, serviceAccounts }: RouteMatch, packet: Packet, wrong: Wrong): boolean {
  if (serviceAccounts !== undefined && !wrong('service-accounts-ignored')) {
    if (!serviceAccounts.includes(packet.serviceAccount)) return false;
  }
  if (podSelector === undefined || wrong('pod-selector-ignored')) return true;
  const { matchLabels = {}, matchExpressions = [] } = podSelector;
  const empty = Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
  if (empty) return !wrong('empty-pod-selector-selects-none');
  return selects(wrong('pod-expressions-ignored') ? { matchLabels } : podSelector, packet.labels);
}

function matchesPort({ ports }: RouteMatch, packet: Packet, wrong: Wrong): boolean {
  if (ports === undefined || wrong('ports-ignored')) return true;
  return ports.some(({ protocol = 'TCP', port, endPort }) => {
    if (protocol !== packet.protocol && !wrong('protocol-ignored')) return false;
    if (port === undefined) return !wrong('protocol-alone-matches-none');
    if (endPort === undefined || wrong('end-port-ignored')) return packet.port === port;
    return port <= packet.port && (wrong('end-port-exclusive') ? packet.port < endPort : packet.port <= endPort);
  });
}

function longestPrefix({ destinations }: RouteMatch, { to }: Packet, wrong: Wrong): number | undefined {
  const address = readAddress(to);
  if (address === undefined) return undefined;
  if (destinations === undefined) return wrong('absent-destinations-match-none') ? undefined : 0;
  const seen = destinations.length > 1 && wrong('only-first-destination') ? destinations.slice(0, 1) : destinations;
  const prefixes = seen.flatMap(({ cidr = '', except = [] }) => {
    const range = readCidr(cidr);
    if (range === undefined || !holds(range, address)) return [];
    const left = except.length > 1 && wrong('only-first-except') ? except.slice(0, 1) : except;
    const excepted = left.some((text) => {
      const hole = readCidr(text);
      return hole !== undefined && holds(hole, address);
    });
    return excepted && !wrong('except-ignored') ? [] : [range.prefix];
  });
  return prefixes.length === 0 ? undefined : Math.max(...prefixes);
}

/** Whether a rule would match the packet, were it not for an except. */
export function isExcepted(rule: EgressRule, packet: Packet, wrong: Wrong): boolean {
  const except = (mistake: Parameters<Wrong>[0]): boolean => mistake === 'except-ignored' || wrong(mistake);
  return matchRule(rule, packet, wrong) === undefined && matchRule(rule, packet, except) !== undefined;
}

/** Strongest first: the order of api.md §4. */
function compareHits(a: Hit, b: Hit, wrong: Wrong): number {
  const yes = (test: (rule: EgressRule) => boolean): number => Number(test(b.rule)) - Number(test(a.rule));
  const kind = wrong('kinds-equal') ? 0 : yes((rule) => rule.kind === 'EgressRoute');
  const prefix = wrong('prefix-length-ignored') ? 0 : b.prefix - a.prefix;
  const ports = wrong('ports-do-not-count') ? 0 : yes((rule) => hasPorts(rule, wrong));
  const ownPods = wrong('pod-selector-does-not-count') ? 0 : yes((rule) => selectsPods(rule, wrong));
  const namespaces = wrong('namespace-selector-does-not-count')
    ? 0
    : yes(({ match }) => match.namespaceSelector !== undefined);
  const pods = namespaces || ownPods;
  const age = compareAge(a.rule, b.rule, wrong);
  const specific = wrong('ports-before-prefix') ? ports || prefix || pods : prefix || ports || pods;
  const swapped = wrong('pod-selector-before-ports') ? prefix || pods || ports : specific;
  const first = wrong('cluster-route-first') ? -kind : kind;
  return wrong('age-before-prefix') ? first || age || swapped : first || swapped || age;
}

function hasPorts({ match }: EgressRule, wrong: Wrong): boolean {
  const ports = match.ports ?? [];
  return wrong('protocol-alone-does-not-count') ? ports.some(({ port }) => port !== undefined) : ports.length > 0;
}

function selectsPods({ match }: EgressRule, wrong: Wrong): boolean {
  return (
    match.podSelector !== undefined || (match.serviceAccounts !== undefined && !wrong('service-accounts-do-not-count'))
  );
}

function compareAge(a: EgressRule, b: EgressRule, wrong: Wrong): number {
  const age = a.created === b.created || wrong('age-ignored') ? 0 : a.created < b.created ? -1 : 1;
  const [left, right] = [`${a.namespace ?? ''}/${a.name}`, `${b.namespace ?? ''}/${b.name}`];
  const name = left === right ? a.place - b.place : left < right ? -1 : 1;
  return (wrong('younger-wins') ? -age : age) || (wrong('last-name-wins') ? -name : name);
}

/** Whether some destination and port is matched by both. */
export function shareDestinations(a: RouteMatch, b: RouteMatch): boolean {
  const cidrs = ({ destinations }: RouteMatch): readonly string[] => {
    return destinations?.flatMap(({ cidr }) => cidr ?? []) ?? ['0.0.0.0/0', '::/0'];
  };
  const met = cidrs(a).some((left) => {
    return cidrs(b).some((right) => {
      const [one, two] = [readCidr(left), readCidr(right)];
      return one !== undefined && two !== undefined && overlap(one, two);
    });
  });
  return met && sharePorts(a, b);
}

function sharePorts({ ports: left }: RouteMatch, { ports: right }: RouteMatch): boolean {
  if (left === undefined || right === undefined) return true;
  return left.some((one) => {
    return right.some((two) => {
      const [a, b] = [portRange(one), portRange(two)];
      return (one.protocol ?? 'TCP') === (two.protocol ?? 'TCP') && a.first <= b.last && b.first <= a.last;
    });
  });
}

type Port = NonNullable<RouteMatch['ports']>[number];

function portRange({ port, endPort }: Port): { readonly first: number; readonly last: number } {
  return port === undefined ? { first: 1, last: 65535 } : { first: port, last: endPort ?? port };
}
