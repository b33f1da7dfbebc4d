import { type Cidr, cidrContainsCidr, formatCidr } from '../net/cidr.ts';
import { readGateways } from './cilium-gateways.ts';
import { type Cut, type CutPolicy, noteOverlaps } from './cilium-overlaps.ts';
import { readCiliumSelector } from './cilium-selectors.ts';
import { cutDestination } from './destinations.ts';
import { type Fields, needed } from './fields.ts';
import type { AddressWish, Draft, Intent, Note, Origin } from './model.ts';
import type { SourceObject } from './read-documents.ts';
import { cidrsOf, type NoteBook, openNotes, readEach } from './read-each.ts';

/**
 * CiliumEgressGatewayPolicies (cilium.io/v2, fields as of Cilium 1.18; pkg/egressgateway/policy.go and manager.go, guide "Egress
 * Gateway"). Which policy has a packet is decided there by the longest prefix for the Pod's address, as it is here; an excluded
 * CIDR is an entry of that map, too: packets of the Pod to it are left alone whatever other policies say.
 */
export function readCilium(objects: readonly SourceObject[]): Draft {
  const { values, problems } = readEach(objects, readPolicy);
  const policies = values.filter((value) => 'intent' in value);
  const overlaps = noteOverlaps(policies);
  const intents = policies.map((policy) => ({
    ...policy.intent,
    notes: [...policy.intent.notes, ...(overlaps.get(policy) ?? [])],
  }));
  const [some, none] = [intents.filter(hasDestinations), intents.filter((intent) => !hasDestinations(intent))];
  const notes = [...none, ...values.flatMap((value) => ('intent' in value ? [] : [value]))].flatMap(
    (value) => value.notes,
  );
  return { intents: some, pools: [], notes, problems };
}

// One without still excludes: that is said, and nothing is made of it.
const hasDestinations = ({ destinations }: Intent): boolean => destinations?.length !== 0;

interface Nothing {
  readonly notes: readonly Note[];
}

function readPolicy(fields: Fields, origin: Origin): CutPolicy | Nothing {
  const notes = openNotes(origin);
  const nothing = (why: string): Nothing => {
    notes.add('ignored', `${why}: nothing was made of the policy`);
    return { notes: notes.notes };
  };
  const spec = needed(fields, 'spec', fields.map('spec'));
  notes.unknown(spec, ['selectors', 'destinationCIDRs', 'excludedCIDRs', 'egressGateway', 'egressGateways']);
  const selectors = needed(spec, 'selectors', spec.list('selectors'));
  const gateway = readGateways(spec, origin, notes);
  if ('ignored' in gateway) return nothing(gateway.ignored);
  // One such entry, and Cilium's parser refuses the whole policy.
  const bare = selectors.find(
    (entry) => !entry.keys().some((key) => key === 'podSelector' || key === 'namespaceSelector'),
  );
  if (bare !== undefined)
    return nothing(`${bare.at('podSelector')} and namespaceSelector are missing, for which Cilium ignores the policy`);
  const pods = selectors.flatMap((entry) => readCiliumSelector(entry, notes));
  if (pods.length === 0) return nothing('spec.selectors selects no Pod');
  const { cuts, excluded } = readCuts(spec, notes);
  const destinations = cuts.flatMap(({ pieces }) => pieces);
  if (destinations.length === 0)
    notes.add('ignored', 'spec.destinationCIDRs leaves no destination: nothing was made of the policy');
  else noteFamilies(cuts, gateway.wish.addresses, notes);
  return {
    intent: { origin, pods, destinations, leavesOtherFamily: false, gateway: gateway.wish, notes: notes.notes },
    cuts,
    excluded,
  };
}

function readCuts(spec: Fields, notes: NoteBook): Pick<CutPolicy, 'cuts' | 'excluded'> {
  if (!spec.keys().includes('destinationCIDRs')) spec.refuse('destinationCIDRs', 'is missing');
  const cidrs = unique(cidrsOf(spec, 'destinationCIDRs'));
  const excluded = unique(cidrsOf(spec, 'excludedCIDRs'));
  for (const entry of excluded) {
    if (cidrs.some((cidr) => cidrContainsCidr(cidr, entry))) continue;
    const inside = cidrs.find((cidr) => cidrContainsCidr(entry, cidr));
    const where =
      inside === undefined
        ? 'lies in no destinationCIDR'
        : `is around ${formatCidr(inside)}, and with Cilium the longer prefix counts`;
    notes.add(
      'ignored',
      `spec.excludedCIDRs: ${formatCidr(entry)} ${where}, so that it excludes nothing; it was left out`,
    );
  }
  return { cuts: cidrs.map((cidr) => cutBy(cidr, excluded)), excluded };
}

function cutBy(cidr: Cidr, excluded: readonly Cidr[]): Cut {
  return {
    cidr,
    pieces: cutDestination(
      cidr,
      excluded.filter((entry) => cidrContainsCidr(cidr, entry)),
    ),
  };
}

function noteFamilies(cuts: readonly Cut[], addresses: readonly AddressWish[], notes: NoteBook): void {
  const own = addresses.flatMap((address) => (address.kind === 'fixed' ? [address.ip.family] : []));
  if (own.length === 0) return;
  for (const family of [4, 6] as const) {
    if (own.includes(family) || !cuts.some(({ cidr }) => cidr.family === family)) continue;
    notes.add(
      'differs',
      `spec.destinationCIDRs has IPv${family}, the egressIP is of the other family: Cilium may take the interface's own IPv${family} address, here such packets are dropped until the Gateway has one`,
    );
  }
}

function unique(cidrs: readonly Cidr[]): readonly Cidr[] {
  return [...new Map(cidrs.map((cidr) => [formatCidr(cidr), cidr])).values()];
}
