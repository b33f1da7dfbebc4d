import type { RoutePort } from '../api/kinds.ts';
import { type Cidr, checkCidr } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';
import { cutDestination, hostCidr, wholeFamily } from './destinations.ts';
import { type Fields, needed } from './fields.ts';
import { readVipGateway } from './kube-vip-addresses.ts';
import type { Destination, Draft, Intent, Note, Origin, TranslateOptions } from './model.ts';
import type { SourceObject } from './read-documents.ts';
import { type NoteBook, openNotes, readEach } from './read-each.ts';
import { buildSelector } from './selectors.ts';

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
  const spec = needed(fields, 'spec', fields.map('spec'));
  const why = leftAlone(annotations, spec);
  const selector = buildSelector(
    Object.entries(spec.labels('selector') ?? {}).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
  );
  if ('problem' in selector) return spec.refuse('selector', selector.problem);
  if (why !== undefined || Object.keys(selector).length === 0) {
    notes.add(
      why === undefined ? 'lost' : 'ignored',
      `${why ?? 'spec.selector is empty, so that no Pod is known to be behind the Service'}: nothing was made of it`,
    );
    return { notes: notes.notes };
  }
  const gateway = readVipGateway({ annotations, spec, status: fields.map('status') }, origin);
  const families = [
    ...new Set(gateway.addresses.flatMap((address) => (address.kind === 'fixed' ? [address.ip.family] : []))),
  ];
  const annotated = metadata.map('annotations') ?? metadata;
  const destinations = readDestinations(annotations, families, annotated);
  if (destinations?.length === 0) {
    notes.add('lost', `${annotation.denied} leaves no destination: nothing was made of the Service`);
    return { notes: notes.notes };
  }
  noteLost(annotations, notes);
  const ports = readPorts(annotations[annotation.ports], annotated);
  return {
    origin,
    namespace: origin.namespace,
    pods: [{ podSelector: selector }],
    ...(destinations === undefined ? {} : { destinations }),
    ...(ports.length === 0 ? {} : { ports }),
    leavesOtherFamily: true,
    gateway,
    notes: notes.notes,
  };
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
  const ip = parseIp(text);
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
