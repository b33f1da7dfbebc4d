import type { Decision, Programming } from './decision.ts';
import { holds, readAddress, readCidr } from './ip.ts';
import { isExcepted, type Packet, winningRule } from './precedence.ts';
import { selects } from './selectors.ts';
import type { EgressClassObject, PodObject, View } from './view.ts';
import { byAge, firstOf, namespaceLabels, read } from './view.ts';

/** What the network of the fake cluster is at one moment. */
export interface Network {
  readonly programming: Programming;
  readonly classes: Decision['classes'];
  /** Nodes that are dead. */
  readonly dead: ReadonlySet<string>;
  /** The node that holds a Gateway's addresses; undefined while nobody does. */
  ownerOf(gateway: string): string | undefined;
  /** Address of a node. */
  addressOf(node: string): string;
  /** Whether a Pod was there already when the nodes were told last. */
  knows(pod: PodObject): boolean;
  /** Labels of a Pod as the nodes know them. */
  labelsOf(pod: PodObject): Readonly<Record<string, string>>;
}

/** Ranges of the fake cluster: Pods, Services, nodes. */
const clusterRanges: readonly string[] = ['10.244.0.0/16', '10.96.0.0/12', '192.0.2.0/27', 'fd00:10:244::/48'];

/** A packet of a Pod to somewhere. */
export interface Sent {
  readonly to: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** The source address with which a packet arrives; undefined when it does not. */
export function sourceOf(view: View, network: Network, pod: PodObject, sent: Sent): string | undefined {
  const { wrong } = view;
  const node = pod.spec.nodeName ?? '';
  if (!network.knows(pod) && wrong('new-pods-not-noticed')) return plainSource(network, pod, sent);
  if (sent.protocol === 'UDP' && wrong('udp-not-translated')) return plainSource(network, pod, sent);
  if (network.dead.has(node)) return undefined;
  const plain = plainSource(network, pod, sent);
  if (pod.spec.hostNetwork === true && !wrong('host-network-selected')) return plain;
  if (isInside(sent.to)) return pod.status?.podIP;
  const packet = packetOf(
    view,
    network,
    pod,
    sent.protocol === 'UDP' && wrong('udp-treated-as-tcp') ? { ...sent, protocol: 'TCP' } : sent,
  );
  const rule = winningRule(network.programming.rules, packet, wrong);
  const excepted = network.programming.rules.some((one) => isExcepted(one, packet, wrong));
  if (excepted && wrong('except-blocks')) return undefined;
  const isolated = isIsolated(view, network, packet);
  if (rule === undefined) return isolated || wrong('unmatched-traffic-blocked') ? undefined : plain;
  if (isolated && wrong('isolation-against-routes')) return undefined;
  const addresses = network.programming.addresses[rule.gateway] ?? [];
  const source = choose(
    view,
    pod,
    addresses.filter((address) => isSameFamily(address, sent.to)),
  );
  if (source === undefined || network.ownerOf(rule.gateway) === undefined) {
    return wrong('fail-open-while-not-programmed') ? plain : undefined;
  }
  return wrong('node-address-as-source') ? plain : source;
}

function plainSource(network: Network, pod: PodObject, { to }: Sent): string | undefined {
  if (to.includes(':')) return pod.status?.podIPs?.find(({ ip }) => ip.includes(':'))?.ip;
  return network.addressOf(pod.spec.nodeName ?? '');
}

// Each Pod sticks to one of several addresses.
function choose({ wrong, now }: View, pod: PodObject, addresses: readonly string[]): string | undefined {
  const asked = addresses.length > 1 && wrong('pod-changes-between-addresses') ? Math.floor(now / 200) : 0;
  const number = [...pod.metadata.uid].reduce((sum, character) => sum + character.charCodeAt(0), asked);
  return addresses[number % Math.max(1, addresses.length)];
}

function packetOf(view: View, network: Network, pod: PodObject, sent: Sent): Packet {
  const namespace = pod.metadata.namespace ?? '';
  return {
    namespace,
    namespaceLabels: namespaceLabels(view, namespace),
    labels: network.labelsOf(pod),
    serviceAccount: pod.spec.serviceAccountName ?? 'default',
    ...sent,
  };
}

function isIsolated(view: View, { classes }: Network, packet: Packet): boolean {
  const { wrong } = view;
  const named = classes.map(({ object }) => object.spec.parametersRef?.name);
  const used = read<EgressClassObject>(view, 'EgressClass').filter(({ metadata }) => named.includes(metadata.name));
  const isolating = used.filter(({ spec }) => spec.isolation !== undefined).toSorted(byAge);
  if (isolating.length === 0 || wrong('isolation-ignored')) return false;
  if (packet.protocol === 'UDP' && wrong('isolation-for-tcp')) return false;
  if (wrong('isolation-of-everybody')) return true;
  const some = isolating.some((one) => excludes(one, packet)) && wrong('isolation-excluded-by-any');
  const counting = wrong('isolation-by-first-class') ? isolating.slice(0, 1) : isolating;
  const isolated = !some && counting.some((one) => isolates(view, one, packet));
  const once = wrong('isolation-for-ever') && view.memory.has(`isolated ${packet.namespace}`);
  if (isolated) firstOf(view, `isolated ${packet.namespace}`, true);
  return isolated || once;
}

function excludes({ spec }: EgressClassObject, { namespace }: Packet): boolean {
  return ['kube-system', ...(spec.excludedNamespaces ?? [])].includes(namespace);
}

function isolates({ wrong }: View, one: EgressClassObject, packet: Packet): boolean {
  const { isolation } = one.spec;
  if (isolation === undefined || (excludes(one, packet) && !wrong('isolation-of-excluded'))) return false;
  return selects(isolation.namespaceSelector, packet.namespaceLabels);
}

function isInside(to: string): boolean {
  const address = readAddress(to);
  return clusterRanges
    .map(readCidr)
    .some((range) => range !== undefined && address !== undefined && holds(range, address));
}

function isSameFamily(a: string, b: string): boolean {
  return a.includes(':') === b.includes(':');
}
