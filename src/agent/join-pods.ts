import type { Pod } from '../api/pod.ts';
import { createMemo } from '../compile/memo.ts';

/** What a container runtime says of addresses, by Pod uid; `isCurrent` false: what it said last. */
export interface RuntimeWord {
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly isCurrent: boolean;
}

/**
 * Pods with the addresses that they have now. While the runtime's word is current nothing else counts: a Pod has the addresses
 * of its ready sandboxes, whatever its status says. When the runtime is lost, status counts again, but never what the runtime's
 * last word denied: a Pod whose sandbox had stopped stays without. Without any word, and on the node's own network, Pods stay
 * as they are. A Pod of which nothing changed is the same object.
 */
export type Joiner = (pods: readonly Pod[], word: RuntimeWord | undefined) => readonly Pod[];

const none: readonly string[] = [];

export function createJoiner(): Joiner {
  const memo = createMemo<Pod, Pod>();
  let denied: ReadonlySet<string> | undefined;
  const withAddresses = (pod: Pod, podIPs: readonly string[]): Pod =>
    memo(pod, [...podIPs], () =>
      sameItems(pod.status.podIPs, podIPs) ? pod : { ...pod, status: { ...pod.status, podIPs } },
    );
  return (pods, word) => {
    if (word === undefined) return pods;
    if (word.isCurrent) {
      denied = undefined;
      return pods.map((pod) =>
        pod.spec.hostNetwork === true ? pod : withAddresses(pod, word.addresses.get(runtimeUid(pod)) ?? none),
      );
    }
    denied ??= new Set(pods.flatMap((pod) => unknownTo(word, pod).map((address) => pair(pod, address))));
    const { size } = denied;
    return size === 0 ? pods : pods.map((pod) => withAddresses(pod, allowed(pod, denied)));
  };
}

/** The addresses that a Pod had in `before` and has not in `after`, whoever has them now. */
export function endedBetween(before: RuntimeWord['addresses'], after: RuntimeWord['addresses']): readonly string[] {
  return [...before].flatMap(([uid, addresses]) => {
    const kept = after.get(uid);
    return kept === addresses ? none : addresses.filter((address) => kept?.includes(address) !== true);
  });
}

/** Whether some Pod's status has an address that the runtime has not told of (any more). */
export function knowsLess(word: RuntimeWord, pods: readonly Pod[]): boolean {
  return pods.some((pod) => unknownTo(word, pod).length > 0);
}

/** Whether the runtime has a sandbox of one of these Pods: the agent's own is among them, so the kubelet's runtime has. */
export function isOfThisNode({ addresses }: RuntimeWord, pods: readonly Pod[]): boolean {
  return pods.some((pod) => addresses.has(runtimeUid(pod)));
}

/** Whose each address is by these Pods, as the runtime calls them; none on the node's own network. */
export function uidsByAddress(pods: readonly Pod[]): ReadonlyMap<string, string> {
  const own = pods.filter(({ spec }) => spec.hostNetwork !== true);
  return new Map(own.flatMap((pod) => pod.status.podIPs.map((address) => [address, runtimeUid(pod)] as const)));
}

function runtimeUid({ metadata, mirrorOf }: Pod): string {
  return mirrorOf ?? metadata.uid;
}

function unknownTo({ addresses }: RuntimeWord, pod: Pod): readonly string[] {
  if (pod.spec.hostNetwork === true) return none;
  const known = addresses.get(runtimeUid(pod)) ?? none;
  return pod.status.podIPs.filter((address) => !known.includes(address));
}

function allowed(pod: Pod, denied: ReadonlySet<string> | undefined): readonly string[] {
  return pod.status.podIPs.filter((address) => denied?.has(pair(pod, address)) !== true);
}

function pair({ metadata }: Pod, address: string): string {
  return `${metadata.uid} ${address}`;
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
