import { memoByObject } from '../../compile/memo.ts';
import type { NodePlan, PlanDecision, PlanProfile, PortDecision, Verdict } from '../../compile/node-plan.ts';
import { type Family, formatIp, parseIp } from '../../net/ip.ts';
import type { Range } from '../../net/range.ts';
import { complement } from '../../net/ranges.ts';
import { catchAll, concatKey } from '../nft/element.ts';
import type { NftChain, NftKeyType, NftMap } from '../nft/model.ts';
import { counters } from './names.ts';
import { strangerChain, wayBackMissing } from './nft-fence.ts';

const addressType = (family: Family): NftKeyType => (family === 4 ? 'ipv4_addr' : 'ipv6_addr');
const ipOf = (family: Family): string => (family === 4 ? 'ip' : 'ip6');
/** Where what no rule of a Gateway concerns leaves `judge`: as if we were not there. */
export const ordinaryChain = 'ordinary';

const familyOf = (address: string): Family => (address.includes(':') ? 6 : 4);

function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'identity':
      return `goto id_${verdict.id}`;
    case 'drop':
      return 'goto refuse';
    case 'isolated':
      return 'goto isolate';
  }
}

/** The canonical key of an interval set: one address, or `from-to`. */
export function span({ from, to }: { readonly from: string; readonly to: string }): string {
  return from === to ? from : `${from}-${to}`;
}

/**
 * Source address of every selected local Pod to its profile's chain; where addresses are held until they are judged also of every other
 * one: who is not in this map, or comes back from where it leads, has not been judged.
 */
export function podMap(plan: NodePlan, family: Family): NftMap {
  const isOurs = (address: string) => familyOf(address) === family;
  const selected = plan.pods.filter(({ address }) => isOurs(address));
  const profiled = new Set(selected.map(({ address }) => address));
  const others = plan.podStart === 'Hold' ? plan.judged : [];
  return {
    name: `pods${family}`,
    key: [addressType(family)],
    value: 'verdict',
    flags: [],
    elements: [
      ...selected.map(({ address, profile }) => [address, `jump profile${family}_${profile}`] as const),
      ...others
        .filter((address) => isOurs(address) && !profiled.has(address))
        .map((address) => [address, `goto ${ordinaryChain}`] as const),
    ],
  };
}

/** The chain that a Pod's packets follow, and the map that it asks where it leads to many destinations. */
export interface ProfileObjects {
  readonly chain: NftChain;
  readonly map?: NftMap;
}

/**
 * The objects of a profile. Their names are digests of what they hold: a profile that changes is another one, and a packet meets all of
 * the old or all of the new. Few destinations are compared one by one, which is faster, and the kernel finds every set by looking through all.
 */
export function profileObjects(profile: PlanProfile, family: Family): ProfileObjects {
  return (family === 4 ? objects4 : objects6)(profile);
}

const objects4 = memoByObject((profile: PlanProfile) => newProfileObjects(profile, 4));
const objects6 = memoByObject((profile: PlanProfile) => newProfileObjects(profile, 6));

function newProfileObjects(profile: PlanProfile, family: Family): ProfileObjects {
  const { entries, rest } = leadsOf(profile, family);
  const chain = (...rules: readonly string[]): NftChain => ({
    name: `profile${family}_${profile.name}`,
    rules: [`${wayBackMissing} jump ${strangerChain}`, ...rules],
  });
  const ip = ipOf(family);
  if (entries.length <= mostCompared)
    return { chain: chain(...entries.map(([key, leads]) => `${ip} daddr ${key} ${leads}`), rest) };
  const name = `destinations${family}_${profile.name}`;
  // Of a single type nft would make the intervals itself, and read them all before it adds an element to whatever set (1.0.6).
  const key = [addressType(family), 'inet_proto'] as const;
  const elements = entries.map(([range, leads]) => [concatKey([range, anyProtocol]), leads] as const);
  return {
    chain: chain(`${ip} daddr . meta l4proto vmap @${name}`, lookUpFailed),
    map: { name, key, value: 'verdict', flags: ['interval'], elements: [...elements, [catchAll, rest]] },
  };
}

/** More of them are looked up. */
const mostCompared = 8;
const anyProtocol = '0-255';

/** Where destinations lead that do not lead where most do: for CIDRs are cheap there, and what lies between them is not. */
function leadsOf(profile: PlanProfile, family: Family) {
  const statements = new Map(profile.decisions.map((decision) => [decision.name, statement(decision)]));
  const decided = profile.destinations.flatMap(({ from, to, decision }) => {
    const [first, last] = [parseIp(from), parseIp(to)];
    if (first?.family !== family || last === undefined) return [];
    return [{ range: { family, from: first.value, to: last.value }, leads: statements.get(decision) ?? ordinary }];
  });
  const isWhole = complement(decided.map(({ range }) => range)).every((gap) => gap.family !== family);
  const rest = isWhole ? mostFrequent(decided.map(({ leads }) => leads)) : ordinary;
  const entries = decided
    .filter(({ leads }) => leads !== rest)
    .map(({ range, leads }) => [rangeKey(range), leads] as const);
  return { entries, rest };
}

function mostFrequent(texts: readonly string[]): string {
  const groups = [...Map.groupBy(texts, (text) => text)].toSorted(([, a], [, b]) => b.length - a.length);
  return groups[0]?.[0] ?? ordinary;
}

/** Where destinations lead whose ports decide: a chain and the map that it asks, shared by all profiles. */
export function decisionObjects(profiles: readonly PlanProfile[]): {
  readonly chains: readonly NftChain[];
  readonly maps: readonly NftMap[];
} {
  const all = new Map<string, PlanDecision>();
  for (const { decisions } of profiles)
    for (const decision of decisions)
      if (decision.ports.length > 0 && !all.has(decision.name)) all.set(decision.name, decision);
  const objects = [...all.values()].map(objectsByPorts);
  return { chains: objects.map(({ chain }) => chain), maps: objects.map(({ map }) => map) };
}

const objectsByPorts = memoByObject(({ name, ports, rest }: PlanDecision): Required<ProfileObjects> => {
  const map = `ports_${name}`;
  const elements = ports.map((entry) => [portKey(entry), verdictText(entry.verdict)] as const);
  return {
    chain: { name: `decide_${name}`, rules: [`meta l4proto . th dport vmap @${map}`, lookUpFailed] },
    map: {
      name: map,
      key: ['inet_proto', 'inet_service'],
      value: 'verdict',
      // Without ranges a look-up is half as dear.
      flags: ports.some(({ port, endPort }) => port !== endPort) ? ['interval'] : [],
      elements: [...elements, [catchAll, rest === undefined ? ordinary : verdictText(rest)]],
    },
  };
});

const ordinary = `goto ${ordinaryChain}`;
// Maps answer for everything: a look-up that finds nothing is one of rules that are just being changed.
const lookUpFailed = `counter name "${counters.held}" drop`;

function statement({ name, ports, rest }: PlanDecision): string {
  if (ports.length > 0) return `goto decide_${name}`;
  return rest === undefined ? ordinary : verdictText(rest);
}

function rangeKey({ family, from, to }: Range): string {
  return span({ from: formatIp({ family, value: from }), to: formatIp({ family, value: to }) });
}

function portKey({ protocol, port, endPort }: PortDecision): string {
  return `${protocol.toLowerCase()} . ${port === endPort ? port : `${port}-${endPort}`}`;
}
