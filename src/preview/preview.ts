import type { Pod } from '../api/pod.ts';
import { compareText, objectKey } from '../compile/order.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { comparePods, type PodChange } from './compare-pods.ts';
import { type Effect, layOver, type Written } from './lay-over.ts';
import { settle } from './settle.ts';
import { nameOf, type Verdict, verdictsOf } from './verdicts.ts';

/** What applying manifests would do, before it is done; plain data. */
export interface Preview {
  /** The manifests' objects, but for those that stay as they are. */
  readonly objects: readonly { readonly object: string; readonly effect: Effect }[];
  /** Gateways whose addresses are others than before. */
  readonly gateways: readonly GatewayChange[];
  readonly pods: readonly PodChange[];
  /** What the controller would say that it does not say now, of any object. */
  readonly said: readonly Verdict[];
  /** What it says now, and would no longer. */
  readonly unsaid: readonly Verdict[];
}

export interface GatewayChange {
  /** "namespace/name" */
  readonly gateway: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface PreviewInput {
  readonly snapshot: Snapshot;
  readonly pods: readonly Pod[];
  readonly objects: readonly Written[];
  /** The objects are deleted, not applied. */
  readonly remove?: boolean;
}

/** Compares what a controller makes of the snapshot as it is and with the objects; nodes' reports stay as they are now. */
export function preview({ snapshot, pods, objects, remove = false }: PreviewInput): Preview {
  const before = settle(snapshot);
  const laid = layOver(before.snapshot, objects, remove);
  const after = settle(laid.snapshot);
  const [old, next] = [verdictsOf(before.snapshot, before.plan), verdictsOf(after.snapshot, after.plan)];
  return {
    objects: objects
      .map(({ kind, object }, at) => ({
        object: nameOf({ kind, ...object.metadata }),
        effect: laid.effects[at] ?? 'unchanged',
      }))
      .filter(({ effect }) => effect !== 'unchanged'),
    gateways: compareGateways(before.snapshot, after.snapshot),
    pods: comparePods(before.snapshot, after.snapshot, pods),
    said: without(next, old),
    unsaid: without(old, next),
  };
}

/** Whether there is anything to say. */
export function isEmpty({ objects, gateways, pods, said, unsaid }: Preview): boolean {
  return [objects, gateways, pods, said, unsaid].every(({ length }) => length === 0);
}

function without(verdicts: readonly Verdict[], others: readonly Verdict[]): readonly Verdict[] {
  const known = new Set(others.map((verdict) => JSON.stringify(verdict)));
  return verdicts.filter((verdict) => !known.has(JSON.stringify(verdict)));
}

function compareGateways(before: Snapshot, after: Snapshot): readonly GatewayChange[] {
  const [old, next] = [addressesByGateway(before), addressesByGateway(after)];
  const keys = [...new Set([...old.keys(), ...next.keys()])].toSorted(compareText);
  return keys.flatMap((gateway) => {
    const change = { gateway, before: old.get(gateway) ?? [], after: next.get(gateway) ?? [] };
    return change.before.join() === change.after.join() ? [] : [change];
  });
}

function addressesByGateway({ gateways, placements }: Snapshot): ReadonlyMap<string, readonly string[]> {
  const byUid = new Map(placements.map((placement) => [placement.metadata.name, placement.spec]));
  const entries = gateways.map((gateway) => {
    const identities = byUid.get(gateway.metadata.uid)?.identities ?? [];
    const addresses = identities.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((address) => address !== undefined));
    return [objectKey(gateway), addresses] as const;
  });
  return new Map(entries.filter(([, addresses]) => addresses.length > 0));
}
