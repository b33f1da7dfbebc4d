import type { NodePlan, PlanProfile, Verdict } from '../../compile/node-plan.ts';
import { type Family, familyMax, parseIp } from '../../net/ip.ts';
import { normalise } from '../../net/ranges.ts';
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

/** Two interval maps of a profile: destination and port first, then destination alone (their order is the precedence). */
export function profileMaps(profile: PlanProfile, family: Family): NftMap[] {
  const any = profile.any.filter(({ from }) => familyOf(from) === family);
  const ports = profile.ports.filter(({ from }) => familyOf(from) === family);
  return [
    {
      name: `any${family}_${profile.name}`,
      key: [addressType(family)],
      value: 'verdict',
      flags: ['interval'],
      elements: any.map((entry) => [span(entry), verdictText(entry.verdict)] as const),
    },
    {
      name: `ports${family}_${profile.name}`,
      key: [addressType(family), 'inet_proto', 'inet_service'],
      value: 'verdict',
      flags: ['interval'],
      elements: ports.map((entry) => [portKey(entry), verdictText(entry.verdict)] as const),
    },
  ];
}

export function profileChain(profile: PlanProfile, family: Family): NftChain {
  const ip = ipOf(family);
  return {
    name: `profile${family}_${profile.name}`,
    rules: [
      `${wayBackMissing} jump ${strangerChain}`,
      `${ip} daddr . meta l4proto . th dport vmap @ports${family}_${profile.name}`,
      `${ip} daddr vmap @any${family}_${profile.name}`,
      // Where every destination has its verdict, a look-up that finds none is one of rules that are just being changed.
      decidesAll(profile, family) ? `counter name "${counters.held}" drop` : `goto ${ordinaryChain}`,
    ],
  };
}

function decidesAll({ any }: PlanProfile, family: Family): boolean {
  const ranges = any.flatMap(({ from, to }) => {
    const [first, last] = [parseIp(from), parseIp(to)];
    return first?.family === family && last !== undefined ? [{ family, from: first.value, to: last.value }] : [];
  });
  const [whole, ...more] = normalise(ranges);
  return more.length === 0 && whole?.from === 0n && whole.to === familyMax(family);
}

function portKey(entry: PlanProfile['ports'][number]): string {
  const ports = entry.port === entry.endPort ? `${entry.port}` : `${entry.port}-${entry.endPort}`;
  return `${span(entry)} . ${entry.protocol.toLowerCase()} . ${ports}`;
}
