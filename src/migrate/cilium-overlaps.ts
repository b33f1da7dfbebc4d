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
export function noteOverlaps(policies: readonly CutPolicy[]): ReadonlyMap<CutPolicy, readonly Note[]> {
  // Most policies of a cluster have the destinations of many others: what these do to each other is found out once.
  const alike = Map.groupBy(policies, signatureOf);
  const known = new Map<string, Meeting>();
  const meetingOf = (policy: CutPolicy, others: readonly CutPolicy[], key: string): Meeting => {
    const meeting = known.get(key) ?? meet(policy, others[0] ?? policy);
    known.set(key, meeting);
    return meeting;
  };
  const notesOn = (policy: CutPolicy, own: string): readonly Note[] => {
    const found = [...alike].flatMap(([theirs, others]): readonly Found[] => {
      const meeting = meetingOf(policy, others, `${own} / ${theirs}`);
      if (meeting.open.length + meeting.raised.length === 0) return [];
      return others.filter((other) => other !== policy && mayShareAPod(other, policy)).map((by) => ({ by, meeting }));
    });
    return found.length === 0 ? [] : describe(policy, found);
  };
  return new Map([...alike].flatMap(([own, list]) => list.map((policy) => [policy, notesOn(policy, own)])));
}

/** What one policy's destinations do to another's excluded CIDRs, and pieces. */
interface Meeting {
  /** Excluded by the one, and translated by the other. */
  readonly open: readonly Cidr[];
  /** Pieces of the one that come before the other, whose prefix is longer than what they were cut from. */
  readonly raised: readonly Cidr[];
}

function meet(policy: CutPolicy, other: CutPolicy): Meeting {
  const raised = policy.cuts.flatMap((cut) =>
    cut.pieces.filter((piece) => comesBetween(other, { cut, piece })).map(({ cidr }) => cidr),
  );
  return { open: policy.excluded.filter((entry) => covers(other, entry)), raised };
}

function signatureOf({ cuts, excluded }: CutPolicy): string {
  return [cuts.map(({ cidr }) => cidr), excluded].map((list) => list.map(formatCidr).join(' ')).join(' without ');
}

interface Found {
  readonly by: CutPolicy;
  readonly meeting: Meeting;
}

function describe({ intent }: CutPolicy, found: readonly Found[]): readonly Note[] {
  const elsewhere = found.filter(({ by }) => by.intent.gateway.key !== intent.gateway.key);
  return [
    ...note(intent, pick(found, 'open'), (what, who) => {
      return `spec.excludedCIDRs: with Cilium nothing translates what Pods of this policy send to ${what}; here policy ${who} does, where a Pod is in both`;
    }),
    ...note(intent, pick(elsewhere, 'raised'), (what, who) => {
      return `spec.excludedCIDRs: there are so many that ${what} had to become destinations of their own, whose longer prefix wins over policy ${who}; with Cilium it is the other way round`;
    }),
  ];
}

interface Hits {
  readonly cidrs: readonly string[];
  readonly names: readonly string[];
}

function pick(found: readonly Found[], part: keyof Meeting): Hits {
  const hits = found.filter(({ meeting }) => meeting[part].length > 0);
  return {
    cidrs: [...new Set(hits.flatMap(({ meeting }) => meeting[part].map(formatCidr)))],
    names: hits.map(({ by }) => by.intent.origin.name),
  };
}

function note({ origin }: Intent, { cidrs, names }: Hits, say: (what: string, who: string) => string): readonly Note[] {
  return names.length === 0 ? [] : [{ effect: 'differs', origin, message: say(list(cidrs), list(names)) }];
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
  { cuts }: CutPolicy,
  { cut, piece }: { readonly cut: Cut; readonly piece: Destination },
): boolean {
  if (piece.cidr.prefix === cut.cidr.prefix) return false;
  return cuts.some(({ cidr }) => cidr.prefix > cut.cidr.prefix && cidrContainsCidr(cidr, piece.cidr));
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
