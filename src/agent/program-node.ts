import type { NodePlan } from '../compile/node-plan.ts';
import type { NodeView, Selection } from '../compile/select.ts';
import { isolatedPods } from '../dataplane/desired/nft-isolation.ts';
import { tunnelMtuOf } from '../dataplane/desired/routes.ts';
import { hopQuestions } from '../dataplane/vrrp/next-hops.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Claimed, Claims } from './claims.ts';
import { writeBgpFile, writeKeepalivedFile, writeNextHopsFile, writeReplicationFiles } from './keepalived-file.ts';
import type { Kernel } from './kernel.ts';
import { explainMarkUsers, findMarkUsers } from './mark-users.ts';
import type { AgentMetrics } from './metrics.ts';
import { withoutAbsent } from './network-problems.ts';
import { createNextHopCache } from './next-hops.ts';
import type { LinkCache, NodeLink } from './node-addresses.ts';
import { nodeDevices } from './node-devices.ts';
import { withoutBridgeTable } from './report.ts';
import { explainUnderlay, underlayOf } from './underlay.ts';
import { createVlanLinks, wantedVlans } from './vlan-links.ts';

export interface ProgramOptions {
  readonly kernel: Kernel;
  readonly runner: Runner;
  readonly runDir: string;
  /** Program the kernel although somebody else's rules look at our mark bits. */
  readonly allowMarkOverlap: boolean;
  /** Absent: every address is claimed unasked. */
  readonly claims?: Claims;
  readonly metrics: AgentMetrics;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the plans so far have made known. */
export interface Known {
  /** The plan of this round as keepalived has it: what a group's next hops are called depends on its addresses. */
  readonly programmed: NodePlan | undefined;
  /** Of the tunnel, bytes; undefined before the first plan. */
  readonly tunnelMtu: number | undefined;
  readonly withheld: Claimed['withheld'];
  /** Why sub-interfaces could not be made, by name. */
  readonly vlanProblems: ReadonlyMap<string, string>;
}

export interface NodeProgrammer {
  /** Makes kernel and files what the plan says; nothing is done when neither changed. Rejects with why it could not. */
  program(selection: Selection, placements: NodeView['placements']): Promise<void>;
  /** A round begins: no plan is programmed in it yet. */
  begin(): void;
  known(): Known;
  /** Something in the kernel may have changed: the next round looks, even when the plan is the same. */
  disturb(): void;
  forgetNextHops(): void;
  /** As `Converger` has it. */
  isNetwork(device: string): boolean;
}

/** Applies plans to the kernel and to the files that the failover process follows. */
export function createNodeProgrammer(options: ProgramOptions, links: LinkCache): NodeProgrammer {
  const { kernel, metrics, clock, log, runDir } = options;
  let applied: string | undefined;
  let guarded: string | undefined;
  let freeMask: number | undefined;
  let tunnelMtu: number | undefined;
  let disturbed = 0;
  const nextHops = createNextHopCache(options.runner);
  const vlans = createVlanLinks(options);
  let vlanProblems: ReadonlyMap<string, string> = new Map();
  let vlansOf: { readonly present: readonly NodeLink[]; readonly key: string } = { present: [], key: '' };
  let networks: ReadonlySet<string> = new Set();
  let ups: ReadonlyMap<string, boolean> = new Map();
  let withheld: Claimed['withheld'] = new Map();
  let programmed: NodePlan | undefined;
  let toldBridge = false;

  // Once per mask: who comes later finds ours in use.
  const checkMarks = async (mask: number): Promise<void> => {
    if (mask === freeMask) return;
    const users = options.allowMarkOverlap ? [] : await findMarkUsers(options.runner, mask);
    if (users.length > 0) throw new Error(explainMarkUsers(users, mask));
    freeMask = mask;
  };
  // With the sub-interfaces that networks of the plan want, where they can be made.
  const readLinks = async (plan: NodePlan): Promise<readonly NodeLink[]> => {
    const wanted = wantedVlans(plan);
    const devices = plan.groups.flatMap(({ vrrp }) => [vrrp?.networkInterface, vrrp?.vlan?.parent]);
    networks = new Set(devices.filter((device) => device !== undefined));
    const present = await links.read();
    const key = JSON.stringify(wanted);
    // What could not be made is tried again when the plan or the node changes.
    if (present === vlansOf.present && key === vlansOf.key) return present;
    const { made, problems } = await vlans.make(wanted, new Set(present.map(({ device }) => device)));
    vlanProblems = problems;
    if (made) links.forget();
    vlansOf = { present: await links.read(), key };
    return vlansOf.present;
  };
  // Nothing can be sent to a Gateway, and nothing selected may leave otherwise.
  const guard = async (plan: NodePlan, present: readonly NodeLink[]): Promise<void> => {
    const nearby = nodeDevices(present, plan);
    const key = JSON.stringify([plan, nearby]);
    if (key === guarded) return;
    // The table is another than the plan's, and with an address its routes went, of which nobody tells.
    applied = undefined;
    kernel.forget('routes');
    await checkMarks(plan.marks.mask);
    const disturbances = disturbed;
    await kernel.guard(plan, { networks: [], ...nearby });
    if (disturbed === disturbances) guarded = key;
  };
  const program: NodeProgrammer['program'] = async ({ plan: whole, rights }, placements) => {
    const present = await readLinks(whole);
    const underlay = underlayOf(whole, present);
    if (underlay === undefined) {
      await guard(whole, present);
      throw new Error(explainUnderlay(whole));
    }
    const facts = { placements, links: present, underlayDevice: underlay.device };
    const claimed = (await options.claims?.judge(whole, facts)) ?? { plan: whole, keepalived: whole, withheld };
    const { plan, keepalived } = claimed;
    withheld = claimed.withheld;
    programmed = plan;
    tunnelMtu = tunnelMtuOf(whole, underlay);
    const hops = await nextHops.read(hopQuestions(plan, underlay.device));
    const networkLinks = present.filter(({ device }) => networks.has(device));
    const onLink = networkLinks.map(({ device, isUp, subnets }) => [device, isUp, subnets]);
    const nearby = nodeDevices(present, plan);
    const waiting = plan.groups.length - keepalived.groups.length;
    const key = JSON.stringify([plan, waiting, underlay.device, underlay.mtu, underlay.isUp, hops, onLink, nearby]);
    if (key === applied) return;
    // Going down a link loses its routes, of which nobody tells.
    const before = JSON.stringify([...ups]);
    ups = new Map([underlay, ...networkLinks].map(({ device, isUp }) => [device, isUp]));
    if (JSON.stringify([...ups]) !== before) kernel.forget('routes');
    applied = undefined;
    guarded = undefined;
    const disturbances = disturbed;
    const started = clock.monotonic();
    await checkMarks(plan.marks.mask);
    const changed: string[] = [...(await kernel.apply(plan, underlay, { networks: networkLinks, ...nearby }))];
    tellBridge();
    if (await writeNextHopsFile(runDir, hops)) changed.push('next-hops');
    // Before keepalived's: the verdict that it follows must be there when it begins.
    if (await writeBgpFile(runDir, keepalived)) changed.push('bgp');
    const replication = await writeReplicationFiles(runDir, plan, underlay.device);
    if (replication.changed) changed.push('replication');
    if (replication.without.length > 0)
      log.warn(
        { groups: replication.without, device: underlay.device },
        'conntrackd reads no such name: flows are not replicated',
      );
    if (await writeKeepalivedFile(runDir, withoutAbsent(keepalived, present), underlay.device))
      changed.push('keepalived');
    await vlans.prune(wantedVlans(plan));
    // Somebody may have changed the kernel meanwhile: then the next round looks again.
    if (disturbed === disturbances) applied = key;
    metrics.selectedPods.set({}, rights.size);
    metrics.isolatedPods.set({}, isolatedPods(plan).length);
    if (changed.length > 0) {
      metrics.converge.observe({}, (clock.monotonic() - started) / 1000);
      log.info(
        { changed, pods: plan.pods.length, milliseconds: Math.round(clock.monotonic() - started) },
        'programmed',
      );
    }
  };
  const tellBridge = () => {
    const hasBridge = kernel.hasBridge();
    metrics.bridgeTable.set({}, hasBridge ? 1 : 0);
    if (hasBridge || toldBridge) return;
    toldBridge = true;
    log.error({}, `${withoutBridgeTable}; load the module or use another kernel, and restart the agent`);
  };
  return {
    program,
    begin: () => {
      programmed = undefined;
    },
    known: () => ({ programmed, tunnelMtu, withheld, vlanProblems }),
    disturb: () => {
      disturbed += 1;
      applied = undefined;
      guarded = undefined;
    },
    forgetNextHops: () => nextHops.forget(),
    isNetwork: (device) => ups.has(device) || networks.has(device),
  };
}
