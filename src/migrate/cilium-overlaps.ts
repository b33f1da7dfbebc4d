import { type Cidr, cidrContainsCidr, formatCidr } from '../net/cidr.ts';
import type { Destination, Intent, Note, PodMatch } from './model.ts';
import { areDisjoint } from './selectors.ts';

/** One destination CIDR of a policy, and what is left of it without the excluded ones. */
export interface Cut {
  readonly cidr: Cidr;
  readonly pieces: readonly Destination[];
}

/** A policy with what its destinations were before they were cut. */
export interface CutPolicy {
  readonly intent: Intent;
  readonly cuts: readonly Cut[];
  readonly excluded: readonly Cidr[];
}

/** Where other policies make a difference between Cilium's longest prefix and ours: excluded CIDRs, and pieces longer than they were. */
export function noteOverlaps(policy: CutPolicy, all: readonly CutPolicy[]): readonly Note[] {
  const others = all.filter((other) => other !== policy && mayShareAPod(other, policy));
  const open = policy.excluded.map((entry) => ({ entry, by: others.filter((other) => covers(other, entry)) }));
  const raised = policy.cuts.flatMap((cut) =>
    cut.pieces
      .filter(({ cidr }) => cidr.prefix > cut.cidr.prefix)
      .map((piece) => ({
        entry: piece.cidr,
        by: others.filter((other) => comesBetween(other, policy, { cut, piece })),
      })),
  );
  return [
    ...note(policy, open, (what, who) => {
      return `spec.excludedCIDRs: with Cilium nothing translates what Pods of this policy send to ${what}; here ${who} does, where a Pod is in both`;
    }),
    ...note(policy, raised, (what, who) => {
      return `spec.excludedCIDRs: there are so many that ${what} had to become destinations of their own, whose longer prefix wins over ${who}; with Cilium it is the other way round`;
    }),
  ];
}

interface Found {
  readonly entry: Cidr;
  readonly by: readonly CutPolicy[];
}

function note(
  { intent }: CutPolicy,
  found: readonly Found[],
  say: (what: string, who: string) => string,
): readonly Note[] {
  const hits = found.filter(({ by }) => by.length > 0);
  if (hits.length === 0) return [];
  const names = [...new Set(hits.flatMap(({ by }) => by.map((other) => other.intent.origin.name)))];
  const message = say(list(hits.map(({ entry }) => formatCidr(entry))), `policy ${list(names)}`);
  return [{ effect: 'differs', origin: intent.origin, message }];
}

function list(items: readonly string[]): string {
  const most = 3;
  return items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
}

// What it excludes itself, inside the same destination, it does not cover.
function covers({ cuts, excluded }: CutPolicy, entry: Cidr): boolean {
  return cuts.some(
    ({ cidr }) =>
      cidrContainsCidr(cidr, entry) &&
      !excluded.some((own) => cidrContainsCidr(cidr, own) && cidrContainsCidr(own, entry)),
  );
}

// Between what the destination was and what the piece is.
function comesBetween(
  other: CutPolicy,
  { intent }: CutPolicy,
  { cut, piece }: { readonly cut: Cut; readonly piece: Destination },
): boolean {
  if (other.intent.gateway.key === intent.gateway.key) return false;
  return other.cuts.some(({ cidr }) => cidr.prefix > cut.cidr.prefix && cidrContainsCidr(cidr, piece.cidr));
}

function mayShareAPod(a: CutPolicy, b: CutPolicy): boolean {
  return a.intent.pods.some((one) => b.intent.pods.some((other) => !excludeEachOther(one, other)));
}

function excludeEachOther(a: PodMatch, b: PodMatch): boolean {
  const accounts = a.serviceAccounts !== undefined && b.serviceAccounts !== undefined;
  return (
    areDisjoint(a.namespaceSelector, b.namespaceSelector) ||
    areDisjoint(a.podSelector, b.podSelector) ||
    (accounts && !a.serviceAccounts.some((name) => b.serviceAccounts?.includes(name)))
  );
}
