import type { RoutePort } from '../api/kinds.ts';
import type { LabelSelector } from '../api/meta.ts';
import { type Cidr, checkCidr } from '../net/cidr.ts';
import { cutDestination, hostCidr, wholeFamily } from './destinations.ts';
import { type Fields, needed } from './fields.ts';
import { readVipGateway } from './kube-vip-addresses.ts';
import type { Destination, Draft, GatewayWish, Intent, Note, Origin, TranslateOptions } from './model.ts';
import type { SourceObject } from './read-documents.ts';
import { type NoteBook, openNotes, parseAddress, readEach } from './read-each.ts';
import { buildSelector, isEmpty } from './selectors.ts';

/** Annotations that the egress of a Service depends on (pkg/kubevip/annotations.go, kube-vip 1.0). */
const prefix = 'kube-vip.io/';
const annotation = {
  egress: `${prefix}egress`,
  ports: `${prefix}egress-destination-ports`,
  sourcePorts: `${prefix}egress-source-ports`,
  allowed: `${prefix}egress-allowed-networks`,
  denied: `${prefix}egress-denied-networks`,
  ignore: `${prefix}ignore`,
} as const;
const ownClass = `${prefix}kube-vip-class`;

/**
 * Services of kube-vip with egress (pkg/services/egress.go and services.go as of 1.0, website usage/egress): what the Pods behind the
 * Service send out gets the load balancer's address as source.
 */
export function readKubeVip(objects: readonly SourceObject[], options: TranslateOptions): Draft {
  const { values, problems } = readEach(objects, (fields, origin) => {
    return readService(fields, { ...origin, namespace: origin.namespace ?? options.namespace });
  });
  return {
    intents: values.flatMap((value) => ('gateway' in value ? [value] : [])),
    pools: [],
    notes: values.flatMap((value) => ('gateway' in value ? [] : value.notes)),
    problems,
  };
}

/** Whether a Service says anything of kube-vip's egress. */
export function hasEgress({ fields }: SourceObject): boolean {
  const metadata = fields['metadata'] as { readonly annotations?: unknown } | undefined;
  const annotations = metadata?.annotations;
  return typeof annotations === 'object' && annotations !== null && Object.hasOwn(annotations, annotation.egress);
}

function readService(
  fields: Fields,
  origin: Origin & { readonly namespace: string },
): Intent | { readonly notes: readonly Note[] } {
  const notes = openNotes(origin);
  const metadata = needed(fields, 'metadata', fields.map('metadata'));
  const annotations = metadata.labels('annotations') ?? {};
  const annotated = metadata.map('annotations') ?? metadata;
  const spec = needed(fields, 'spec', fields.map('spec'));
  const why = leftAlone(annotations, spec);
  const podSelector = readSelector(spec);
  const gateway = readVipGateway({ annotations, spec, status: fields.map('status') }, origin);
  const destinations = readDestinations(annotations, familiesOf(gateway), annotated);
  const ports = readPorts(annotations[annotation.ports], annotated);
  if (why !== undefined) notes.add('ignored', `${why}: nothing was made of the Service`);
  else if (isEmpty(podSelector))
    notes.add(
      'lost',
      'spec.selector is empty, so that no Pod is known to be behind the Service: nothing was made of it',
    );
  else if (destinations?.length === 0)
    notes.add('ignored', `${annotation.denied} leaves no destination: nothing was made of the Service`);
  else {
    noteLost(annotations, notes);
    const { namespace } = origin;
    const where = destinations === undefined ? {} : { destinations };
    const what = ports.length === 0 ? {} : { ports };
    const pods = [{ podSelector }];
    return { origin, namespace, pods, ...where, ...what, leavesOtherFamily: true, gateway, notes: notes.notes };
  }
  return { notes: notes.notes };
}

function readSelector(spec: Fields): LabelSelector {
  const labels = Object.entries(spec.labels('selector') ?? {});
  const selector = buildSelector(labels.map(([key, value]) => ({ key, operator: 'In', values: [value] })));
  return 'problem' in selector ? spec.refuse('selector', selector.problem) : selector;
}

function familiesOf({ addresses }: GatewayWish): readonly (4 | 6)[] {
  return [...new Set(addresses.flatMap((address) => (address.kind === 'fixed' ? [address.ip.family] : [])))];
}

function leftAlone(annotations: Readonly<Record<string, string>>, spec: Fields): string | undefined {
  if (annotations[annotation.egress] !== 'true') return `${annotation.egress} is not "true"`;
  if (annotations[annotation.ignore] === 'true') return `${annotation.ignore} is "true"`;
  if (spec.text('type') !== 'LoadBalancer')
    return 'spec.type is not LoadBalancer, so that kube-vip leaves the Service alone';
  const loadBalancerClass = spec.text('loadBalancerClass') ?? ownClass;
  return loadBalancerClass === ownClass ? undefined : `spec.loadBalancerClass is ${loadBalancerClass}, not kube-vip's`;
}

function noteLost(annotations: Readonly<Record<string, string>>, notes: NoteBook): void {
  if (annotations[annotation.sourcePorts] !== undefined)
    notes.add(
      'lost',
      `${annotation.sourcePorts} has no counterpart; kube-vip uses it only for connections that it ends`,
    );
  notes.add(
    'differs',
    'kube-vip translates what one Pod of the Service sends, on the node that has the address; here it is all Pods that the selector finds, ready or not, on all nodes',
  );
}

/** Where to: the allowed networks without the denied ones, which kube-vip looks at first; undefined: everything. */
function readDestinations(
  annotations: Readonly<Record<string, string>>,
  families: readonly (4 | 6)[],
  annotated: Fields,
): readonly Destination[] | undefined {
  const read = (key: string) => splitList(annotations[key]).map((text) => parseNetwork(text, key, annotated));
  const [allowed, denied] = [read(annotation.allowed), read(annotation.denied)];
  if (allowed.length === 0 && denied.length === 0) return undefined;
  const known = families.length === 0 ? ([4, 6] as const) : families;
  const from = allowed.length === 0 ? known.map(wholeFamily) : allowed;
  return from.flatMap((cidr) => cutDestination(cidr, denied));
}

// iptables takes addresses, too.
function parseNetwork(text: string, key: string, annotated: Fields): Cidr {
  const ip = parseAddress(text);
  if (ip !== undefined) return hostCidr(ip);
  const check = checkCidr(text);
  if (check.ok) return check.value;
  return check.reason === 'host-bits' ? check.masked : annotated.refuse(key, `has ${JSON.stringify(text)}, no network`);
}

/** "tcp:443,udp:5060,8080": without protocol it is TCP (egress.go). */
function readPorts(text: string | undefined, annotated: Fields): readonly RoutePort[] {
  return splitList(text).map((entry): RoutePort => {
    const [first = '', second, ...more] = entry.split(':');
    const protocol = (second === undefined ? 'TCP' : first).toUpperCase();
    const port = Number(second ?? first);
    const isKnown = protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP';
    if (!isKnown || !Number.isInteger(port) || port < 1 || port > 65_535 || more.length > 0)
      return annotated.refuse(annotation.ports, `has ${JSON.stringify(entry)}, which is not PROTOCOL:PORT`);
    return { protocol, port };
  });
}

function splitList(text = ''): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
