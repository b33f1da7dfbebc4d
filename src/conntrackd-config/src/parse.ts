import type { ConntrackdConfig, Filter, FtfwMode, General, Sync, UdpLink } from './model.ts';
import { flag, flagOrPath, isWhole, number, oneOf, type Reader, type Readers, readSection, text } from './read.ts';
import { type ParseError, type Statement, scan } from './scan.ts';

export type ParseResult =
  | { readonly kind: 'config'; readonly config: ConntrackdConfig }
  | { readonly kind: 'errors'; readonly errors: readonly ParseError[] };

/** Reads a conntrackd.conf, one statement a line, of what is modelled and nothing else; never throws. Values are for `checkConfig` to judge. */
export function parseConfig(source: string): ParseResult {
  const { statements, errors: found } = scan(source);
  const errors: ParseError[] = [...found];
  const file = { words: ['the file'], line: 1, body: statements };
  const config = readSection<ConntrackdConfig>(file, { readers: fileReaders }, errors);
  const whole = isWhole<ConntrackdConfig>(config, ['sync', 'general'], { section: file, errors });
  return whole && errors.length === 0
    ? { kind: 'config', config }
    : { kind: 'errors', errors: errors.toSorted((a, b) => a.line - b.line) };
}

interface SectionOf<S extends object> {
  readonly heads: readonly string[];
  readonly readers: Readers<S>;
  readonly needed?: readonly (keyof S & string)[];
  readonly many?: readonly (keyof S & string)[];
  /** What the words of the head say. */
  readonly head?: (words: readonly string[]) => Partial<S>;
}

/** A section whose words are one of `heads`, as the field that `wrap` makes of it. */
function section<T, S extends object>(wrap: (fields: S) => Partial<T>, spec: SectionOf<S>): Reader<T> {
  const { heads, readers, needed = [], many = [], head = () => ({}) } = spec;
  return (statement, errors) => {
    const words = statement.words.join(' ');
    if (statement.body === undefined || !heads.includes(words))
      return `'${words}': expected ${heads.join(' or ')} { … }`;
    const fields = { ...readSection<S>(statement, { readers, many }, errors), ...head(statement.words) };
    return isWhole<S>(fields, needed, { section: statement, errors }) ? wrap(fields) : {};
  };
}

const modeReaders: Readers<FtfwMode> = {
  ResendQueueSize: number('resendQueueSize'),
  ACKWindowSize: number('ackWindowSize'),
  DisableExternalCache: flag('disableExternalCache'),
  StartupResync: flag('startupResync'),
};

const linkReaders: Readers<UdpLink> = {
  IPv4_address: text('address'),
  IPv6_address: text('address'),
  IPv4_Destination_Address: text('destination'),
  IPv6_Destination_Address: text('destination'),
  Port: number('port'),
  Interface: text('interface'),
  SndSocketBuffer: number('sndSocketBuffer'),
  RcvSocketBuffer: number('rcvSocketBuffer'),
  Checksum: flag('checksum'),
};

const syncReaders: Readers<Sync> = {
  Mode: section((mode: FtfwMode) => ({ mode }), {
    heads: ['Mode FTFW'],
    readers: modeReaders,
    head: () => ({ kind: 'FTFW' as const }),
  }),
  UDP: section((link: UdpLink) => ({ udp: [link] }), {
    heads: ['UDP', 'UDP Default'],
    readers: linkReaders,
    needed: ['address', 'destination', 'port', 'interface'],
  }),
  Options: section((options: NonNullable<Sync['options']>) => ({ options }), {
    heads: ['Options'],
    readers: { TCPWindowTracking: flag('tcpWindowTracking') },
  }),
};

type Rule = NonNullable<Filter['protocol']>;
type Addresses = NonNullable<Filter['address']>;
const lastWord = ({ words }: Statement) => words.at(-1) ?? '';
const protocols = ['TCP', 'SCTP', 'DCCP', 'UDP', 'ICMP', 'IPv6-ICMP'] as const;
const policy = (words: readonly string[]) => ({ policy: words.at(-1) === 'Accept' ? 'Accept' : 'Ignore' }) as const;
const anAddress: Reader<Addresses> = (statement) =>
  statement.words.length === 2 && statement.body === undefined
    ? { addresses: [lastWord(statement)] }
    : `'${statement.words[0]}' needs an address`;

const filterReaders: Readers<Filter> = {
  Protocol: section((protocol: Rule) => ({ protocol }), {
    heads: ['Protocol Accept', 'Protocol Ignore'],
    readers: Object.fromEntries(protocols.map((name) => [name, (): Partial<Rule> => ({ protocols: [name] })])),
    needed: ['protocols'],
    many: ['protocols'],
    head: policy,
  }),
  Address: section((address: Addresses) => ({ address }), {
    heads: ['Address Accept', 'Address Ignore'],
    readers: { IPv4_address: anAddress, IPv6_address: anAddress },
    needed: ['addresses'],
    many: ['addresses'],
    head: policy,
  }),
};

const generalReaders: Readers<General> = {
  Systemd: flag('systemd'),
  HashSize: number('hashSize'),
  HashLimit: number('hashLimit'),
  LogFile: flagOrPath('logFile'),
  Syslog: flag('syslog'),
  LockFile: text('lockFile'),
  Lockfile: text('lockFile'),
  NetlinkBufferSize: number('netlinkBufferSize'),
  NetlinkBufferSizeMaxGrowth: number('netlinkBufferSizeMaxGrowth'),
  NetlinkOverrunResync: flag('netlinkOverrunResync'),
  NetlinkEventsReliable: flag('netlinkEventsReliable'),
  Scheduler: section((scheduler: NonNullable<General['scheduler']>) => ({ scheduler }), {
    heads: ['Scheduler'],
    readers: { Type: oneOf('type', ['RR', 'FIFO']), Priority: number('priority') },
    needed: ['type', 'priority'],
  }),
  UNIX: section((unix: General['unix']) => ({ unix }), {
    heads: ['UNIX'],
    readers: { Path: text('path') },
    needed: ['path'],
  }),
  Filter: section((filter: Filter) => ({ filter }), {
    heads: ['Filter From Userspace', 'Filter From Kernelspace'],
    readers: filterReaders,
    head: (words) => ({ from: words.at(-1) === 'Kernelspace' ? ('Kernelspace' as const) : ('Userspace' as const) }),
  }),
};

const fileReaders: Readers<ConntrackdConfig> = {
  Sync: section((sync: Sync) => ({ sync }), {
    heads: ['Sync'],
    readers: syncReaders,
    needed: ['mode', 'udp'],
    many: ['udp'],
  }),
  General: section((general: General) => ({ general }), {
    heads: ['General'],
    readers: generalReaders,
    needed: ['unix'],
  }),
};
