import type { EgressCluster, EgressClusterSpec } from '../api/kinds.ts';
import { type Family, formatIp, parseIp } from '../net/ip.ts';
import { parseRange } from '../net/range.ts';
import { parseTransit, type Transit, tunnelAddress } from '../net/transit.ts';
import { clusterSettings } from './cluster-defaults.ts';
import type { FieldProblem, Parsed } from './decision.ts';
import { memoByObject } from './memo.ts';

/** Failover groups that there can be: four bits of the mark, of which 0 and 15 are taken. */
export const lastGroup = 14;

/** EgressCluster/default with its defaults applied, as far as the controller needs it. */
export interface ClusterSettings {
  readonly transit: Transit;
  /** Given tunnel addresses in the order of groups; absent: on-link from the transit range. */
  readonly tunnelAddresses?: readonly string[];
}

/** Checks EgressCluster/default; the problem names the field. */
export const parseCluster = memoByObject((cluster: EgressCluster): Parsed<ClusterSettings> => {
  const spec: EgressClusterSpec = cluster.spec ?? {};
  const problem = checkExtra(spec) ?? checkMask(spec) ?? checkTunnel(spec);
  if (problem !== undefined) return { ok: false, ...problem };
  const ranges = clusterSettings(spec).transit;
  const transit = parseTransit(ranges.ipv4, ranges.ipv6);
  if (transit === undefined) {
    return { ok: false, field: 'spec.transit', problem: 'ipv4 must be a /15 and ipv6 a /48 without host bits' };
  }
  const given = spec.tunnel?.addresses ?? [];
  const tunnelAddresses = given.map(parseIp).flatMap((ip) => (ip === undefined ? [] : [formatIp(ip)]));
  return { ok: true, value: given.length === 0 ? { transit } : { transit, tunnelAddresses } };
});

/** The tunnel address of a failover group (1..14) in a family; undefined when the given list is too short. */
export function groupTunnelAddress(settings: ClusterSettings, family: Family, group: number): string | undefined {
  if (settings.tunnelAddresses === undefined) return tunnelAddress(settings.transit, family, group);
  return settings.tunnelAddresses.filter((address) => address.includes(':') === (family === 6))[group - 1];
}

function checkExtra(spec: EgressClusterSpec): FieldProblem | undefined {
  const extra = spec.clusterRanges?.extra ?? [];
  const bad = extra.findIndex((text) => parseRange(text) === undefined);
  if (bad < 0) return undefined;
  return { field: `spec.clusterRanges.extra[${bad}]`, problem: `${extra[bad]} is not a CIDR without host bits` };
}

// 4 bits of group and 9 of identity must lie side by side, or rules by group could not be masked.
function checkMask(spec: EgressClusterSpec): FieldProblem | undefined {
  const { mask } = clusterSettings(spec).marks;
  const low = mask & -mask;
  if (Number.isInteger(mask) && mask > 0 && mask <= 0xffff_ffff && mask / low === 0x1fff) return undefined;
  return { field: 'spec.marks.mask', problem: `${mask} is not 13 contiguous bits` };
}

function checkTunnel(spec: EgressClusterSpec): FieldProblem | undefined {
  const addresses = spec.tunnel?.addresses ?? [];
  const bad = addresses.findIndex((text, index) => {
    return parseIp(text) === undefined || addresses.indexOf(text) !== index;
  });
  if (bad >= 0)
    return { field: `spec.tunnel.addresses[${bad}]`, problem: `${addresses[bad]} is not an IP address of its own` };
  const family = spec.tunnel?.family;
  const other = addresses.findIndex((text) => family !== undefined && text.includes(':') !== (family === 'IPv6'));
  if (other < 0) return undefined;
  return {
    field: `spec.tunnel.addresses[${other}]`,
    problem: `${addresses[other]} is not of spec.tunnel.family ${family}`,
  };
}
