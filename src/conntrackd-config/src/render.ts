import { checkConfig } from './check.ts';
import type { ConntrackdConfig, Filter, FtfwMode, General, UdpLink } from './model.ts';
import { familyOf } from './words.ts';

/** A config that cannot be written so that conntrackd reads the same: `path` says where, the message what and why. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  readonly path: string;
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.path = path;
  }
}

/** A statement, or with a body a section. */
interface Line {
  readonly text: string;
  readonly body?: readonly Line[];
}

/** Writes a config as a conntrackd.conf: equal configs give equal texts. Throws RenderError where `checkConfig` finds a problem. */
export function renderConfig(config: ConntrackdConfig): string {
  const [problem] = checkConfig(config);
  if (problem !== undefined) throw new RenderError(problem.path, problem.message);
  const { sync, general } = config;
  const sections: readonly Line[] = [
    {
      text: 'Sync',
      body: [
        mode(sync.mode),
        ...sync.udp.map((link, index) => udp(link, index === 0 && sync.udp.length > 1)),
        ...(sync.options === undefined
          ? []
          : [{ text: 'Options', body: setting('TCPWindowTracking', sync.options.tcpWindowTracking) }]),
      ],
    },
    { text: 'General', body: generalLines(general) },
  ];
  return sections.flatMap((line) => print(line, 0)).join('');
}

function mode(ftfw: FtfwMode): Line {
  const body = [
    ...setting('ResendQueueSize', ftfw.resendQueueSize),
    ...setting('ACKWindowSize', ftfw.ackWindowSize),
    ...setting('DisableExternalCache', ftfw.disableExternalCache),
    ...setting('StartupResync', ftfw.startupResync),
  ];
  return { text: `Mode ${ftfw.kind}`, body };
}

function udp(link: UdpLink, isDefault: boolean): Line {
  const family = familyOf(link.address);
  return {
    text: isDefault ? 'UDP Default' : 'UDP',
    body: [
      { text: `IPv${family}_address ${link.address}` },
      { text: `IPv${family}_Destination_Address ${link.destination}` },
      { text: `Port ${link.port}` },
      { text: `Interface ${link.interface}` },
      ...setting('SndSocketBuffer', link.sndSocketBuffer),
      ...setting('RcvSocketBuffer', link.rcvSocketBuffer),
      ...setting('Checksum', link.checksum),
    ],
  };
}

function generalLines({ scheduler, unix, filter, ...rest }: General): readonly Line[] {
  return [
    ...setting('Systemd', rest.systemd),
    ...setting('HashSize', rest.hashSize),
    ...setting('HashLimit', rest.hashLimit),
    ...setting('LogFile', rest.logFile),
    ...setting('Syslog', rest.syslog),
    ...setting('LockFile', rest.lockFile),
    ...setting('NetlinkBufferSize', rest.netlinkBufferSize),
    ...setting('NetlinkBufferSizeMaxGrowth', rest.netlinkBufferSizeMaxGrowth),
    ...setting('NetlinkOverrunResync', rest.netlinkOverrunResync),
    ...setting('NetlinkEventsReliable', rest.netlinkEventsReliable),
    ...(scheduler === undefined
      ? []
      : [
          { text: 'Scheduler', body: [{ text: `Type ${scheduler.type}` }, { text: `Priority ${scheduler.priority}` }] },
        ]),
    { text: 'UNIX', body: [{ text: `Path ${unix.path}` }] },
    ...(filter === undefined ? [] : [filterLine(filter)]),
  ];
}

function filterLine({ from, protocol, address }: Filter): Line {
  return {
    text: `Filter From ${from}`,
    body: [
      ...(protocol === undefined
        ? []
        : [{ text: `Protocol ${protocol.policy}`, body: protocol.protocols.map((text) => ({ text })) }]),
      ...(address === undefined
        ? []
        : [
            {
              text: `Address ${address.policy}`,
              body: address.addresses.map((text) => ({ text: `IPv${familyOf(text, true)}_address ${text}` })),
            },
          ]),
    ],
  };
}

function setting(keyword: string, value: boolean | number | string | undefined): readonly Line[] {
  if (value === undefined) return [];
  return [{ text: `${keyword} ${typeof value === 'boolean' ? (value ? 'on' : 'off') : value}` }];
}

function print({ text, body }: Line, depth: number): readonly string[] {
  const indent = '    '.repeat(depth);
  if (body === undefined) return [`${indent}${text}\n`];
  return [`${indent}${text} {\n`, ...body.flatMap((line) => print(line, depth + 1)), `${indent}}\n`];
}
