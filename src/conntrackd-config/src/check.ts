import type { ConntrackdConfig, Filter, General, UdpLink } from './model.ts';
import { familyOf, isInterface, isPath, maxSocketPath } from './words.ts';

/** What conntrackd would refuse or misread: `path` says where, as in `sync.udp[0].port`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

const maxLinks = 4;
const maxNumber = 2 ** 31 - 1;

/** All problems of a config, in the order of the file; none means that `renderConfig` writes it. */
export function checkConfig({ sync, general }: ConntrackdConfig): readonly Problem[] {
  return [
    ...checkNumber('sync.mode.resendQueueSize', sync.mode.resendQueueSize),
    ...checkNumber('sync.mode.ackWindowSize', sync.mode.ackWindowSize),
    ...checkLinks(sync.udp),
    ...checkGeneral(general),
    ...(general.filter === undefined ? [] : checkFilter(general.filter)),
  ];
}

function checkLinks(links: readonly UdpLink[]): readonly Problem[] {
  const path = 'sync.udp';
  if (links.length === 0) return [{ path, message: 'there is no link: nothing would be synchronised' }];
  if (links.length > maxLinks) return [{ path, message: `${links.length} links, at most ${maxLinks} are taken` }];
  const twice = links.findIndex((link, at) => links.findIndex(({ port }) => port === link.port) !== at);
  return [
    ...links.flatMap((link, index) => checkLink(link, `${path}[${index}]`)),
    ...(twice < 0 ? [] : [{ path: `${path}[${twice}].port`, message: 'another link has the same port' }]),
  ];
}

function checkLink(link: UdpLink, path: string): readonly Problem[] {
  const own = familyOf(link.address);
  const peer = familyOf(link.destination);
  const problems: Problem[] = [];
  const add = (field: string, message: string) => problems.push({ path: `${path}.${field}`, message });
  if (own === undefined) add('address', `'${link.address}' is no IP address`);
  if (peer === undefined) add('destination', `'${link.destination}' is no IP address`);
  else if (own !== undefined && own !== peer) add('destination', "it is not of the own address's family");
  else if (link.destination === link.address) add('destination', 'it is the own address');
  if (!isInterface(link.interface)) add('interface', `'${link.interface}' is no interface name that conntrackd reads`);
  return [
    ...problems,
    ...checkNumber(`${path}.port`, link.port, { from: 1, to: 65_535 }),
    ...checkNumber(`${path}.sndSocketBuffer`, link.sndSocketBuffer),
    ...checkNumber(`${path}.rcvSocketBuffer`, link.rcvSocketBuffer),
  ];
}

function checkGeneral(general: General): readonly Problem[] {
  const { unix, logFile, lockFile, scheduler } = general;
  const socket = 'general.unix.path';
  return [
    ...checkNumber('general.scheduler.priority', scheduler?.priority, { from: 0, to: 99 }),
    ...checkNumber('general.hashSize', general.hashSize),
    ...checkNumber('general.hashLimit', general.hashLimit),
    ...checkNumber('general.netlinkBufferSize', general.netlinkBufferSize),
    ...checkNumber('general.netlinkBufferSizeMaxGrowth', general.netlinkBufferSizeMaxGrowth),
    ...(typeof logFile === 'string' ? checkPath('general.logFile', logFile) : []),
    ...(lockFile === undefined ? [] : checkPath('general.lockFile', lockFile)),
    ...checkPath(socket, unix.path),
    ...(unix.path.length > maxSocketPath ? [{ path: socket, message: `longer than ${maxSocketPath} bytes` }] : []),
  ];
}

function checkFilter({ address, protocol }: Filter): readonly Problem[] {
  const path = 'general.filter';
  const empty = (list: readonly string[] | undefined, field: string) =>
    list?.length === 0 ? [{ path: `${path}.${field}`, message: 'the list is empty' }] : [];
  return [
    ...empty(protocol?.protocols, 'protocol.protocols'),
    ...empty(address?.addresses, 'address.addresses'),
    ...(address?.addresses ?? []).flatMap((text, index) =>
      familyOf(text, true) === undefined
        ? [{ path: `${path}.address.addresses[${index}]`, message: `'${text}' is no IP address or CIDR` }]
        : [],
    ),
  ];
}

function checkPath(path: string, text: string): readonly Problem[] {
  return isPath(text) ? [] : [{ path, message: `'${text}' is no absolute path that conntrackd reads as one word` }];
}

function checkNumber(
  path: string,
  value: number | undefined,
  { from, to }: { readonly from: number; readonly to: number } = { from: 1, to: maxNumber },
): readonly Problem[] {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return [];
  return [{ path, message: `${value} is not a whole number from ${from} to ${to}` }];
}
