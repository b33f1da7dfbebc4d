import { checkCidr } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import { parseRange } from '../net/range.ts';
import { type Fields, needed } from './fields.ts';
import { classWishOf } from './gateway-wish.ts';
import type { ClassWish, Origin, PoolRange, PoolWish } from './model.ts';
import { cidrEntry, rangeEntry } from './pool-ranges.ts';
import { ipOf, openNotes } from './read-each.ts';
import { parseSelector } from './selectors.ts';

/** A Spidernet EgressGateway: a pool, nodes, and the address of policies that ask for none. */
export interface EgressGateway {
  readonly name: string;
  readonly isDefault: boolean;
  /** Absent: it has no addresses, and its policies use those of its nodes. */
  readonly pool?: PoolWish;
  readonly classWish?: ClassWish;
  /** ipv4DefaultEIP and ipv6DefaultEIP. */
  readonly defaultIps: readonly Ip[];
}

/** Reads an EgressGateway; throws FieldError. */
export function readEgressGateway(fields: Fields, origin: Origin): EgressGateway {
  const notes = openNotes(origin);
  const spec = needed(fields, 'spec', fields.map('spec'));
  notes.unknown(spec, ['clusterDefault', 'ippools', 'nodeSelector']);
  const nodes = spec.map('nodeSelector');
  const nodeSelector = nodes === undefined ? undefined : parseSelector(nodes, 'selector');
  if ((nodes?.text('policy') ?? '') !== '')
    notes.add('lost', 'spec.nodeSelector.policy: which of the nodes owns an address is decided by Sallyport');
  const isDefault = spec.flag('clusterDefault') ?? false;
  if (isDefault)
    notes.add(
      'check',
      'spec.clusterDefault: a route always names its Gateway; policies without egressGatewayName got this one',
    );
  const classWish = classWishOf(nodeSelector === undefined ? {} : { nodeSelector });
  const ippools = spec.map('ippools');
  const addresses =
    ippools === undefined ? [] : [...readEntries(ippools, 'ipv4', 4), ...readEntries(ippools, 'ipv6', 6)];
  const common = { origin, name: origin.name, addresses, notes: notes.notes };
  const pool = addresses.length === 0 ? {} : { pool: { ...common, ...(classWish === undefined ? {} : { classWish }) } };
  const defaultIps = ippools === undefined ? [] : [ipOf(ippools, 'ipv4DefaultEIP'), ipOf(ippools, 'ipv6DefaultEIP')];
  return {
    name: origin.name,
    isDefault,
    ...pool,
    ...(classWish === undefined ? {} : { classWish }),
    defaultIps: defaultIps.filter((ip) => ip !== undefined),
  };
}

/** Single addresses, ranges and CIDRs; empty texts, as the reference shows them, count for nothing. */
function readEntries(ippools: Fields, key: string, family: 4 | 6): readonly PoolRange[] {
  return ippools
    .texts(key)
    .filter((text) => text.trim() !== '')
    .map((text) => {
      const entry = readEntry(text.trim());
      if (entry?.range.family === family) return entry;
      return ippools.refuse(key, `has ${JSON.stringify(text)}, which is no IPv${family} address, range or CIDR`);
    });
}

function readEntry(text: string): PoolRange | undefined {
  if (text.includes('/')) {
    const check = checkCidr(text);
    if (check.ok) return cidrEntry(check.value);
    return check.reason === 'host-bits' ? cidrEntry(check.masked) : undefined;
  }
  const range = parseRange(text);
  return range === undefined ? undefined : rangeEntry(range);
}
