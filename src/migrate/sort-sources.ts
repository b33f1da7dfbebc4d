import { compareText } from '../compile/order.ts';
import { hasEgress } from './kube-vip.ts';
import type { Note, Peer } from './model.ts';
import type { SourceObject } from './read-documents.ts';
import { describeOrigin, originOf } from './read-each.ts';

/** Whose an API group is. */
const groups: Readonly<Record<string, Peer>> = {
  'cilium.io': 'cilium',
  'crd.antrea.io': 'antrea',
  'egressgateway.spidernet.io': 'spidernet',
  'k8s.ovn.org': 'ovn',
};

/** What is read of each peer, as "apiVersion Kind". */
const readable: Readonly<Record<Peer, readonly string[]>> = {
  cilium: ['cilium.io/v2 CiliumEgressGatewayPolicy'],
  antrea: ['Egress', 'ExternalIPPool'].flatMap((kind) =>
    ['v1beta1', 'v1alpha2'].map((version) => `crd.antrea.io/${version} ${kind}`),
  ),
  spidernet: [
    ...['EgressGateway', 'EgressPolicy', 'EgressClusterPolicy'].map(
      (kind) => `egressgateway.spidernet.io/v1beta1 ${kind}`,
    ),
    'v1 Namespace',
  ],
  ovn: ['k8s.ovn.org/v1 EgressIP'],
  'kube-vip': ['v1 Service'],
};

/** Kinds that only help to read others: nothing is made of them, and nothing is said of it. */
const helpers: readonly string[] = ['v1 Namespace'];

export interface Sorted {
  /** Those to read, by kind, namespace and name, each once: of several of one name the last counts, as with kubectl apply. */
  readonly own: readonly SourceObject[];
  /** Why the others are not. */
  readonly notes: readonly Note[];
}

/** Tells the objects of a peer from all others. */
export function sortSources(objects: readonly SourceObject[], from: Peer): Sorted {
  const isOwn = (object: SourceObject) =>
    readable[from].includes(typeOf(object)) && (from !== 'kube-vip' || hasEgress(object));
  const [latest, replaced] = lastOfEach(objects.filter(isOwn));
  const others = Map.groupBy(
    objects.filter((object) => !isOwn(object)),
    typeOf,
  );
  return {
    own: latest.toSorted((a, b) => compareText(keyOf(a), keyOf(b))),
    notes: [...replaced.map(noteReplaced), ...[...others].flatMap(([type, list]) => noteOthers(type, list, from))],
  };
}

/** Whether something is made of an object by itself. */
export function isHelper(object: SourceObject): boolean {
  return helpers.includes(typeOf(object));
}

/** The kinds that are read of a peer, for a person. */
export function describeKinds(from: Peer): string {
  const kinds = new Set(
    readable[from].filter((type) => !helpers.includes(type)).map((type) => type.slice(type.indexOf(' ') + 1)),
  );
  const list = [...kinds].join(', ');
  return from === 'kube-vip' ? `${list} with the annotation kube-vip.io/egress` : list;
}

const typeOf = ({ apiVersion, kind }: SourceObject): string => `${apiVersion} ${kind}`;
const keyOf = (object: SourceObject): string => `${object.kind} ${object.namespace ?? ''}/${object.name}`;

function lastOfEach(
  objects: readonly SourceObject[],
): readonly [readonly SourceObject[], readonly (readonly [SourceObject, SourceObject])[]] {
  const latest = new Map<string, SourceObject>();
  const replaced: (readonly [SourceObject, SourceObject])[] = [];
  for (const object of objects) {
    const earlier = latest.get(keyOf(object));
    if (earlier !== undefined) replaced.push([earlier, object]);
    latest.set(keyOf(object), object);
  }
  return [[...latest.values()], replaced];
}

function noteReplaced([earlier, later]: readonly [SourceObject, SourceObject]): Note {
  return {
    effect: 'ignored',
    origin: originOf(earlier),
    message: `is there again in ${later.file}:${later.line}, which counts`,
  };
}

// One note for all of a kind: folders are full of Deployments.
function noteOthers(type: string, list: readonly SourceObject[], from: Peer): readonly Note[] {
  const [first, ...more] = list;
  if (first === undefined) return [];
  const peer = first.apiVersion.includes('/')
    ? groups[first.apiVersion.slice(0, first.apiVersion.indexOf('/'))]
    : undefined;
  const services = type === 'v1 Service' ? list.filter(hasEgress) : [];
  const whose = services.length > 0 ? 'kube-vip' : peer;
  const count =
    more.length === 0 ? '' : ` (and ${more.length} more, the last ${describeOrigin(originOf(more.at(-1) ?? first))})`;
  return [
    { effect: 'ignored', origin: originOf(services[0] ?? first), message: `${reason(type, from, whose)}${count}` },
  ];
}

function reason(type: string, from: Peer, whose: Peer | undefined): string {
  if (whose !== undefined && whose !== from) return `${type} belongs to another peer: give --from ${whose} for it`;
  const types = readable[from].filter((own) => !helpers.includes(own)).join(', ');
  if (whose === from) return `${type} is not translated; --from ${from} reads ${types}`;
  if (type === 'v1 Service' && from === 'kube-vip') return 'has no annotation kube-vip.io/egress';
  return `${type} is none of the kinds that --from ${from} reads`;
}
