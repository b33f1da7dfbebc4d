import {
  address,
  type Codec,
  checkedWord,
  cInteger,
  destination,
  integer,
  interfaceName,
  oneOf,
  prefix,
  readCInteger,
  word,
} from './codec.ts';
import { maxInterfaceName } from './limits.ts';
import type { FirewallMark, Track, UnicastPeer, VirtualAddress, VirtualRoute, VirtualRule } from './model-entries.ts';
import { type OptionTable, optionLine } from './option-line.ts';
import { failure, success } from './source.ts';

const max32 = 0xffffffff;
const family = { kind: 'choice', codec: oneOf('inet', 'inet6') } as const;

/** A routing table: number or name, 1..4294967295. */
const table: Codec<number | string> = {
  read: (found) => (/^\d/.test(found.text) ? readCInteger(found.text) : word.read(found)),
  write: (value) => {
    if (typeof value === 'number') return cInteger(1, max32).write(value);
    return /^\d/.test(value)
      ? failure('a table that begins with a digit is a number: give it as one')
      : word.write(value);
  },
  check: (value) => (typeof value === 'number' ? cInteger(1, max32).check?.(value) : undefined),
};

/** `VALUE` or `VALUE/MASK`; written in hexadecimal. */
const mark: Codec<FirewallMark> = {
  read: (found) => {
    const [value, mask, extra] = found.text.split('/', 3).map(readCInteger);
    if (
      value === undefined ||
      !value.ok ||
      mask?.ok === false ||
      extra !== undefined ||
      found.text.split('/').length > 2
    ) {
      return failure('it is not a mark: write a number, or number/mask, such as 0x200/0x1e00');
    }
    return success(mask === undefined ? { value: value.value } : { value: value.value, mask: mask.value });
  },
  write: ({ value, mask }) => {
    const parts = mask === undefined ? [value] : [value, mask];
    if (!parts.every((part) => Number.isSafeInteger(part) && part >= 0))
      return failure('a mark and its mask are whole numbers, not negative');
    return success(parts.map((part) => `0x${part.toString(16)}`).join('/'));
  },
  check: ({ value, mask }) => {
    if (value > max32 || (mask ?? 0) > max32) return 'a mark and its mask have 32 bits';
    if (mask !== undefined && (BigInt(value) & ~BigInt(mask)) !== 0n)
      return 'the mark has bits outside its mask, so that the rule never matches';
    return undefined;
  },
};

const lifetime: Codec<number | 'forever'> = {
  read: (found) => (found.text === 'forever' ? success('forever') : integer(0, max32).read(found)),
  write: (value) => (value === 'forever' ? success('forever') : integer(0, max32).write(value)),
  check: (value) => (value === 'forever' ? undefined : integer(0, max32).check?.(value)),
};

const broadcast: Codec<string> = {
  ...word,
  check: (value) => (value === '+' || value === '-' ? undefined : address.check?.(value)),
};

const label = checkedWord((value) =>
  value.length <= maxInterfaceName ? undefined : `'${value}' is longer than ${maxInterfaceName} characters`,
);

function range(max: number): Codec<string> {
  return checkedWord((value) => {
    const [, from, to] = /^(\d{1,10})-(\d{1,10})$/.exec(value) ?? [];
    return from !== undefined && Number(from) <= Number(to) && Number(to) <= max
      ? undefined
      : `'${value}' is not a range such as 1-${max}`;
  });
}

const addressOptions: OptionTable<VirtualAddress> = {
  address: { kind: 'positional', codec: prefix },
  broadcast: { kind: 'value', keywords: ['brd', 'broadcast'], codec: broadcast },
  device: { kind: 'value', keywords: ['dev'], codec: interfaceName },
  useVmac: { kind: 'flag', keyword: 'use_vmac' },
  scope: { kind: 'value', keywords: ['scope'], codec: word },
  label: { kind: 'value', keywords: ['label'], codec: label },
  peer: { kind: 'value', keywords: ['peer'], codec: prefix },
  home: { kind: 'flag', keyword: 'home' },
  noDad: { kind: 'flag', keyword: '-nodad' },
  mngtmpaddr: { kind: 'flag', keyword: 'mngtmpaddr' },
  noprefixroute: { kind: 'flag', keyword: 'noprefixroute' },
  autojoin: { kind: 'flag', keyword: 'autojoin' },
  noTrack: { kind: 'flag', keyword: 'no_track' },
  preferredLifetime: { kind: 'value', keywords: ['preferred_lft'], codec: lifetime },
};

const routeOptions: OptionTable<VirtualRoute> = {
  type: { kind: 'choice', codec: oneOf('blackhole', 'unreachable', 'prohibit', 'throw') },
  to: { kind: 'positional', codec: destination, anywhere: { keyword: 'to' } },
  source: { kind: 'value', keywords: ['src'], codec: address },
  via: { kind: 'value', keywords: ['via', 'gw'], codec: address },
  device: { kind: 'value', keywords: ['dev', 'oif'], codec: interfaceName },
  scope: { kind: 'value', keywords: ['scope'], codec: word },
  table: { kind: 'value', keywords: ['table'], codec: table },
  protocol: { kind: 'value', keywords: ['protocol'], codec: word },
  metric: { kind: 'value', keywords: ['metric', 'priority', 'preference'], codec: cInteger(0, max32) },
  mtu: { kind: 'value', keywords: ['mtu'], codec: integer(0, max32) },
  onlink: { kind: 'flag', keyword: 'onlink' },
  noTrack: { kind: 'flag', keyword: 'no_track' },
  family,
};

const ruleOptions: OptionTable<VirtualRule> = {
  not: { kind: 'flag', keyword: 'not' },
  from: { kind: 'value', keywords: ['from'], codec: destination },
  to: { kind: 'value', keywords: ['to'], codec: destination },
  inputInterface: { kind: 'value', keywords: ['iif', 'dev'], codec: interfaceName },
  outputInterface: { kind: 'value', keywords: ['oif'], codec: interfaceName },
  mark: { kind: 'value', keywords: ['fwmark'], codec: mark },
  table: { kind: 'value', keywords: ['lookup', 'table'], codec: table },
  priority: { kind: 'value', keywords: ['priority', 'preference', 'order'], codec: cInteger(0, max32) },
  suppressPrefixLength: { kind: 'value', keywords: ['suppress_prefixlength', 'sup_pl'], codec: integer(0, 128) },
  uidRange: { kind: 'value', keywords: ['uidrange'], codec: range(max32) },
  ipProtocol: { kind: 'value', keywords: ['ipproto'], codec: word },
  sourcePorts: { kind: 'value', keywords: ['sport'], codec: range(65535) },
  destinationPorts: { kind: 'value', keywords: ['dport'], codec: range(65535) },
  goto: { kind: 'value', keywords: ['goto'], codec: integer(0, max32) },
  action: { kind: 'choice', codec: oneOf('blackhole', 'unreachable', 'prohibit', 'nop') },
  l3mdev: { kind: 'flag', keyword: 'l3mdev' },
  noTrack: { kind: 'flag', keyword: 'no_track' },
  // Last, because keepalived 2.2.7 skips the word after inet and inet6.
  family,
};

const peerOptions: OptionTable<UnicastPeer> = {
  address: { kind: 'positional', codec: address },
  minTtl: { kind: 'value', keywords: ['min_ttl'], codec: integer(0, 255) },
  maxTtl: { kind: 'value', keywords: ['max_ttl'], codec: integer(0, 255) },
};

function trackOptions(name: Codec<string>, limit: number): OptionTable<Track> {
  return {
    name: { kind: 'positional', codec: name },
    weight: { kind: 'value', keywords: ['weight'], codec: integer(-limit, limit) },
    reverse: { kind: 'flag', keyword: 'reverse' },
    noreverse: { kind: 'flag', keyword: 'noreverse' },
  };
}

/** A line of virtual_ipaddress and virtual_ipaddress_excluded. */
export const addressLine = optionLine(addressOptions);

/** A line of virtual_routes. */
export const routeLine = optionLine(routeOptions);

/** A line of virtual_rules. */
export const ruleLine = optionLine(ruleOptions);

/** A line of unicast_peer. */
export const peerLine = optionLine(peerOptions);

/** A line of track_interface. */
export const trackInterfaceLine = optionLine(trackOptions(interfaceName, 253));

/** A line of track_script and track_bfd. */
export const trackLine = optionLine(trackOptions(word, 253));

/** A line of track_file and track_process. */
export const trackWideLine = optionLine(trackOptions(word, 254));
