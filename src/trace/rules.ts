import { devices } from '../dataplane/desired/names.ts';
import { parseIp } from '../net/ip.ts';
import type { TracedFlow } from './model.ts';

/** Where tracing of a packet begins: before all of our own hooks on IP. */
export const beginChain = 'begin';
/** For what only destination NAT gives the destination that is looked for. */
const lateChain = 'late';

const prefix = 'sallyport_trace_';
// Of packets of the Pod one is enough, but another may tell more; of the gateway hop the same one must be among them.
const rates = { pod: 'limit rate 1/second burst 1 packets', gateway: 'limit rate 50/second burst 50 packets' } as const;
const layer4 = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

/** The table of one run; `run` is a few letters and digits. Never `sallyport` or `sallyport-…`, which are the agent's. */
export const traceTable = (run: string): string => `inet ${prefix}${run}`;

/** Whether a table's path (`inet NAME`) is of such a run. */
export const isTraceTable = (path: string): boolean => path.startsWith(`inet ${prefix}`);

/**
 * Commands for `nft -i`, one a line: a table that the kernel deletes when that process ends, however it does (`flags owner`, kernel
 * 5.12), and in it what has the kernel tell of these flows' packets. Throws RangeError on what is no address.
 */
export function traceCommands(table: string, flows: readonly TracedFlow[]): readonly string[] {
  const pod = flows.filter(({ hop }) => hop === 'pod');
  return [
    `add chain ${table} ${beginChain} { type filter hook prerouting priority -350; }`,
    ...flows.map((flow) => `add rule ${table} ${beginChain} ${ruleOf(flow)}`),
    // After destination NAT (-100), before `judge` (-95).
    ...(pod.length === 0 ? [] : [`add chain ${table} ${lateChain} { type filter hook prerouting priority -99; }`]),
    ...pod.map((flow) => `add rule ${table} ${lateChain} ${ruleOf(flow)}`),
  ];
}

/** Made first, and empty. */
export const addTraceTable = (table: string): string => `add table ${table} { flags owner; }`;

function ruleOf({ hop, source, destination, protocol, port }: TracedFlow): string {
  const family = parseIp(source)?.family;
  if (family === undefined || parseIp(destination)?.family !== family)
    throw new RangeError(`${source} and ${destination} are no addresses of one family`);
  const ip = family === 4 ? 'ip' : 'ip6';
  const through = hop === 'gateway' ? [`iifname { "${devices.tunnel}", "${devices.localOut}" }`] : [];
  return [
    ...through,
    `${ip} saddr ${source} ${ip} daddr ${destination}`,
    protocol === 'ICMP' ? 'meta l4proto { icmp, ipv6-icmp }' : `meta l4proto ${layer4[protocol]}`,
    ...(port === undefined || protocol === 'ICMP' ? [] : [`th dport ${port}`]),
    rates[hop],
    'meta nftrace set 1',
  ].join(' ');
}
