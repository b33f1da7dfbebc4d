import { checkConfig, type KeepalivedConfig, renderConfig, type TrackFile, type VrrpInstance } from 'keepalived-config';
import type { NodePlan, PlanGroup } from '../../compile/node-plan.ts';
import { outerAddress, outerFamily } from '../../compile/outer.ts';
import { failoverFiles } from './files.ts';
import { hopQuestion, hopQuestions, isPlainDevice } from './next-hops.ts';

/**
 * keepalived.conf of a candidate node whose agent and failover process share `runDir`, one VRRPv3 instance per failover group (RFC 5798; keepalived 2.2.7); undefined where
 * the node is candidate of no group. Throws RenderError on text that keepalived could not take.
 */
export function renderKeepalived(plan: NodePlan, underlayDevice: string, runDir: string): string | undefined {
  const instances = plan.groups.flatMap((group) => instanceOf(plan, group, underlayDevice));
  if (instances.length === 0) return undefined;
  const hops = hopQuestions(plan, underlayDevice);
  const config: KeepalivedConfig = {
    blocks: [
      {
        kind: 'global_defs',
        routerId: plan.node.name,
        vrrpVersion: 3,
        // Before everything that may keep the cores busy, where it is permitted (CAP_SYS_NICE, CAP_IPC_LOCK); it goes on without. One
        // that spins for a second is ended by the kernel, and started anew; its default of 10 ms is less than many addresses take.
        vrrpRtPriority: 50,
        vrrpRlimitRttime: 1_000_000,
        vrrpNoSwap: true,
        // Neighbours that missed the first announcement learn from these; the tunnel follows the neighbours.
        vrrpGarpMasterRepeat: 3,
        vrrpGarpMasterDelay: 1,
        // And those that missed all of them, within a minute; every address once.
        vrrpGarpMasterRefresh: 60,
        vrrpGarpMasterRefreshRepeat: 1,
        // After a split both claimed the addresses: who stays tells the neighbours once more.
        vrrpGarpLowerPrioRepeat: 3,
        vrrpGarpLowerPrioDelay: 1,
        // Who hears the other first gives up at once, and the one that stays would never know that there were two.
        vrrpHigherPrioSendAdvert: true,
      },
      ...hops.map(({ name }) => trackFileOf(name, failoverFiles(runDir).verdict(name))),
      ...instances,
    ],
  };
  const problem = checkConfig(config).find(({ severity }) => severity === 'error');
  if (problem !== undefined) throw new RangeError(`keepalived.conf: ${problem.path}: ${problem.message}`);
  return renderConfig(config);
}

// Always there, also without a next hop, so that a change of routes changes nothing here; weight 0: any number but 0 is a fault.
function trackFileOf(hop: string, file: string): TrackFile {
  return { kind: 'track_file', name: trackName(hop), file, weight: { value: 0 }, initFile: { value: 0 } };
}

const trackName = (hop: string): string => `next-hop-${hop}`;

// Without a peer keepalived speaks multicast, and its check fails (2.2.7, exit 5). What it sends there by this link is nowhere seen, and
// says nothing in its log.
const nobody = (own: string): string => (own.includes(':') ? '::1' : '127.0.0.1');

const hostCidr = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;

function instanceOf(plan: NodePlan, group: PlanGroup, device: string): VrrpInstance[] {
  const { vrrp, tunnel } = group;
  const own = outerAddress(plan.node, outerFamily(plan));
  if (vrrp === undefined || vrrp.silent === true || tunnel === undefined || own === undefined) return [];
  const egressDevice = vrrp.networkInterface ?? device;
  const hop = hopQuestion(group, device);
  const peers = group.candidates.filter(({ node }) => node !== plan.node.name);
  return [
    {
      kind: 'vrrp_instance',
      name: `sallyport_${group.group}`,
      state: 'BACKUP',
      interface: device,
      virtualRouterId: vrrp.virtualRouterId,
      priority: vrrp.priority,
      advertInt: vrrp.advertMilliseconds / 1000,
      ...(vrrp.preempt ? {} : { nopreempt: true }),
      unicastSrcIp: own,
      unicastPeer: peers.length === 0 ? [{ address: nobody(own) }] : peers.map(({ address }) => ({ address })),
      ...(hop !== undefined && isPlainDevice(hop.device) ? { trackFile: [{ name: trackName(hop.name) }] } : {}),
      // Adverts carry the anchor alone, so that a reload with another egress address is no transition (dataplane.md §3.6).
      virtualIpaddress: [{ address: hostCidr(tunnel), device }],
      virtualIpaddressExcluded: vrrp.egressAddresses.map((address) => ({
        address: hostCidr(address),
        device: egressDevice,
      })),
    },
  ];
}
