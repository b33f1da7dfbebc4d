import { type ConntrackdConfig, checkConfig, renderConfig } from 'conntrackd-config';
import type { NodePlan } from '../../compile/node-plan.ts';
import { parseTransit, transitRange } from '../../net/transit.ts';
import { failoverFiles } from '../vrrp/files.ts';
import { type Pair, pairsOf } from './pair.ts';

/**
 * By group the conntrackd.conf of a node whose agent and failover process share `runDir` (conntrack-tools 1.4.7). Left out are groups
 * that conntrackd could not serve here: it reads fewer device names than there are, and no long paths. Their flows are only forgotten.
 */
export function renderConntrackd(plan: NodePlan, underlayDevice: string, runDir: string): ReadonlyMap<number, string> {
  const transit = parseTransit(plan.transit.ipv4, plan.transit.ipv6);
  if (transit === undefined) return new Map();
  const configs = pairsOf(plan).flatMap((pair): readonly (readonly [number, string])[] => {
    const addresses = ([4, 6] as const).map((family) => transitRange(transit, family, pair.group));
    const files = failoverFiles(runDir).conntrackd(pair.group);
    const config = configOf(pair, { device: underlayDevice, addresses, files });
    return checkConfig(config).length > 0 ? [] : [[pair.group, renderConfig(config)]];
  });
  return new Map(configs);
}

interface Place {
  readonly device: string;
  readonly addresses: readonly string[];
  readonly files: { readonly socket: string; readonly lock: string };
}

function configOf({ own, peer, port }: Pair, { device, addresses, files }: Place): ConntrackdConfig {
  return {
    sync: {
      // Straight into the kernel: at a takeover there is nothing left to do.
      mode: { kind: 'FTFW', resendQueueSize: 65_536, disableExternalCache: true, startupResync: true },
      udp: [{ address: own, destination: peer, port, interface: device, checksum: true }],
      // A flow that was picked up has no window to judge by.
      options: { tcpWindowTracking: false },
    },
    general: {
      systemd: false,
      hashSize: 16_384,
      // What bounds its memory: flows of one group.
      hashLimit: 131_072,
      logFile: false,
      syslog: false,
      lockFile: files.lock,
      netlinkBufferSize: 2_097_152,
      netlinkBufferSizeMaxGrowth: 8_388_608,
      netlinkOverrunResync: false,
      netlinkEventsReliable: true,
      // Its default is 99, before keepalived and everything else.
      scheduler: { type: 'RR', priority: 1 },
      unix: { path: files.socket },
      // From the kernel's side nothing at all passes such a filter (1.4.7, measured).
      filter: { from: 'Userspace', address: { policy: 'Accept', addresses } },
    },
  };
}
