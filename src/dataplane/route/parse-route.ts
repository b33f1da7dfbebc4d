import { canonicalIp } from '../../net/ip.ts';
import { compact, type Json, numberOf, prefixOf, textOf } from './json.ts';
import type { IpFamily, Route, Rule } from './model.ts';

/** By name or, with -N, by number (linux/rtnetlink.h). */
const routeKinds: ReadonlyMap<string, Route['kind']> = new Map([
  ['1', 'unicast'],
  ['2', 'local'],
  ['6', 'blackhole'],
  ['7', 'unreachable'],
  ['8', 'prohibit'],
  ['unicast', 'unicast'],
  ['local', 'local'],
  ['blackhole', 'blackhole'],
  ['unreachable', 'unreachable'],
  ['prohibit', 'prohibit'],
]);

const mainTable = 254;
const defaultMetric6 = 1024;
const fullMask = 0xffff_ffff;

const knownRuleFields: readonly string[] = [
  'priority',
  'src',
  'srclen',
  'dst',
  'dstlen',
  'iif',
  'iif_detached',
  'fwmark',
  'fwmask',
  'table',
  'protocol',
];

/** One route of `ip -N -j route show table all`; undefined for kinds that we never make. */
export function parseRoute(family: IpFamily, json: Json): Route | undefined {
  const kind = routeKinds.get(textOf(json['type']) ?? 'unicast');
  const destination = prefixOf(textOf(json['dst']), family);
  if (kind === undefined || destination === undefined) return undefined;
  const metric = numberOf(json['metric']) ?? 0;
  const flags = Array.isArray(json['flags']) ? json['flags'] : [];
  // IPv6 shows `lo` on routes that lead nowhere.
  const leads = kind === 'unicast' || kind === 'local';
  return compact<Route>({
    family,
    table: numberOf(json['table']) ?? mainTable,
    destination,
    kind,
    device: leads ? textOf(json['dev']) : undefined,
    via: canonicalIp(textOf(json['gateway']) ?? ''),
    onlink: flags.includes('onlink') ? true : undefined,
    source: canonicalIp(textOf(json['prefsrc']) ?? ''),
    metric: metric === (family === 6 ? defaultMetric6 : 0) ? undefined : metric,
  });
}

/** One rule of `ip -N -j rule`. */
export function parseRule(family: IpFamily, json: Json): Rule | undefined {
  const priority = numberOf(json['priority']);
  if (priority === undefined) return undefined;
  const table = numberOf(json['table']);
  const value = numberOf(json['fwmark']);
  const unknown = table === undefined || Object.keys(json).some((field) => !knownRuleFields.includes(field));
  return compact<Rule>({
    opaque: unknown ? true : undefined,
    family,
    priority,
    table: table ?? 0,
    mark: value === undefined ? undefined : { value, mask: numberOf(json['fwmask']) ?? fullMask },
    incoming: textOf(json['iif']),
    from: selector(family, json['src'], json['srclen']),
    to: selector(family, json['dst'], json['dstlen']),
  });
}

function selector(family: IpFamily, address: unknown, length: unknown): string | undefined {
  return address === 'all' ? undefined : prefixOf(textOf(address), family, numberOf(length));
}
