import type { EgressNetwork } from '../api/kinds.ts';
import { cidrRange, formatCidr, cidrOf as prefixOf } from '../net/cidr.ts';
import { formatIp } from '../net/ip.ts';
import type { Range } from '../net/range.ts';
import { type Fields, needed } from './fields.ts';
import { classWishOf } from './gateway-wish.ts';
import type { Origin, PoolRange, PoolWish, TranslateOptions } from './model.ts';
import { cidrEntry, rangeEntry } from './pool-ranges.ts';
import { cidrOf, ipOf, type NoteBook, openNotes } from './read-each.ts';
import { parseSelector } from './selectors.ts';

/** Reads an ExternalIPPool; throws FieldError. */
export function readPool(fields: Fields, origin: Origin, options: TranslateOptions): PoolWish {
  const notes = openNotes(origin);
  const spec = needed(fields, 'spec', fields.map('spec'));
  notes.unknown(spec, ['ipRanges', 'subnetInfo', 'nodeSelector']);
  const entries = needed(spec, 'ipRanges', spec.list('ipRanges'));
  if (entries.length === 0) spec.refuse('ipRanges', 'is empty');
  const network = readSubnet(spec, options, notes);
  const nodeSelector = parseSelector(spec, 'nodeSelector');
  const classWish = classWishOf({
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(network === undefined ? {} : { network }),
  });
  return {
    origin,
    name: origin.name,
    addresses: entries.map(readRange),
    notes: notes.notes,
    ...(classWish === undefined ? {} : { classWish }),
  };
}

// Of a CIDR Antrea gives out neither the first address nor, for IPv4, the last (ipallocator.NewCIDRAllocator): as ours, but for IPv6.
function readRange(fields: Fields): PoolRange {
  const cidr = cidrOf(fields, 'cidr');
  if (cidr?.family === 4) return cidrEntry(cidr);
  if (cidr !== undefined) return rangeEntry(withoutFirst(cidrRange(cidr)));
  const start = needed(fields, 'start', ipOf(fields, 'start'));
  const end = needed(fields, 'end', ipOf(fields, 'end'));
  if (start.family !== end.family || start.value > end.value)
    fields.refuse(
      'end',
      `is ${formatIp(end)}, which must be of the family of start, ${formatIp(start)}, and not before it`,
    );
  return rangeEntry({ family: start.family, from: start.value, to: end.value });
}

function withoutFirst(range: Range): Range {
  return range.from === range.to ? range : { ...range, from: range.from + 1n };
}

/** spec.subnetInfo as a network; undefined without, as the addresses then are in the nodes' own subnet. */
function readSubnet(spec: Fields, options: TranslateOptions, notes: NoteBook): EgressNetwork | undefined {
  const fields = spec.map('subnetInfo');
  if (fields === undefined) return undefined;
  notes.unknown(fields, ['gateway', 'prefixLength', 'vlan']);
  const gateway = needed(fields, 'gateway', ipOf(fields, 'gateway'));
  const prefix = needed(fields, 'prefixLength', fields.integer('prefixLength'));
  const vlan = fields.integer('vlan') ?? 0;
  const name = `${options.interface}${vlan === 0 ? '' : `.${vlan}`}`;
  if (vlan < 0 || vlan > 4094) fields.refuse('vlan', `is ${vlan}, not one of 0..4094`);
  if (name.length > 15)
    fields.refuse(
      'vlan',
      `makes the interface name ${name}, which is longer than 15 characters; give another --interface`,
    );
  if (prefix < 0 || prefix > (gateway.family === 4 ? 32 : 128)) fields.refuse('prefixLength', `is ${prefix}`);
  const subnet = formatCidr(prefixOf(gateway, prefix));
  notes.add(
    'check',
    `spec.subnetInfo: Antrea uses the interface of the node's own address, a network of Sallyport names one: ${options.interface} was taken (--interface)`,
  );
  notes.add(
    'differs',
    `spec.subnetInfo: destinations in ${subnet} itself go by the gateway, too, unless the nodes have addresses in it`,
  );
  return {
    name: vlan === 0 ? `subnet-${subnet.replace(/[^0-9a-f]+/g, '-')}` : `vlan-${vlan}`,
    interface: options.interface,
    ...(vlan === 0 ? {} : { vlan }),
    routes: 'Own',
    ...(gateway.family === 4 ? { gateway4: formatIp(gateway) } : { gateway6: formatIp(gateway) }),
  };
}
