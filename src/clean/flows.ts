import type { Flow } from '../dataplane/conntrack/model.ts';
import { tables } from '../dataplane/desired/names.ts';
import type { RouteState } from '../dataplane/route/model.ts';
import { type Cidr, cidrContains, parseCidr } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';

/** What tells our flows, as the routes and rules that are still there say it. */
export interface FlowSigns {
  /** The mark bits that are ours; 0: not known. */
  readonly mask: number;
  /** The transit ranges, which hold the tunnel addresses, too. */
  readonly transit: readonly Cidr[];
}

/** Pure: the signs in what is in the kernel: rules match group bits, and the transit ranges end in blackholes (`routeStateOf`). */
export function flowSigns({ rules, routes }: Pick<RouteState, 'rules' | 'routes'>): FlowSigns {
  const group = rules.find(({ table, mark }) => table === tables.tunnel && mark !== undefined)?.mark?.mask ?? 0;
  // Four group bits above nine of identities.
  const lowest = group & -group;
  const mask = group === 0 ? 0 : (group | (lowest - (lowest >>> 9))) >>> 0;
  const ranges = routes.filter(({ kind, table }) => kind === 'blackhole' && table === tables.main);
  return { mask, transit: ranges.flatMap(({ destination }) => parseCidr(destination) ?? []) };
}

/** Pure: the flows that bear our mark or a transit address on either side. */
export function ourFlows(flows: readonly Flow[], { mask, transit }: FlowSigns): readonly Flow[] {
  const isTransit = (address: string): boolean => {
    const ip = parseIp(address);
    return ip !== undefined && transit.some((range) => cidrContains(range, ip));
  };
  return flows.filter(
    ({ mark, source, destination, reply }) =>
      (mark & mask) !== 0 || [source, destination, reply.source, reply.destination].some(isTransit),
  );
}
