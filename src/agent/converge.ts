import type { NodePlan, PlanGroup } from '../compile/node-plan.ts';
import { type NodeView, type Selection, selectPlan } from '../compile/select.ts';
import type { Conntrack } from '../dataplane/conntrack/exec.ts';
import { isolatedPods } from '../dataplane/desired/nft-isolation.ts';
import { tunnelMtuOf } from '../dataplane/desired/routes.ts';
import { hopQuestions } from '../dataplane/vrrp/next-hops.ts';
import type { FailoverState } from '../dataplane/vrrp/state.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import { type Question, questionsOf } from './ask-answers.ts';
import { createBgpMetrics } from './bgp-metrics.ts';
import type { Claimed, Claims } from './claims.ts';
import { endFlows, mayDoom, type RightsMemory, rememberRights } from './end-flows.ts';
import { flowsHeld } from './flows-held.ts';
import { createHeirs } from './heirs.ts';
import {
  readFailoverState,
  writeBgpFile,
  writeKeepalivedFile,
  writeNextHopsFile,
  writeReplicationFiles,
} from './keepalived-file.ts';
import type { Kernel } from './kernel.ts';
import { ProgramError } from './kernel.ts';
import { explainMarkUsers, findMarkUsers } from './mark-users.ts';
import type { AgentMetrics } from './metrics.ts';
import { networkProblems, withoutAbsent } from './network-problems.ts';
import { createNextHopCache } from './next-hops.ts';
import { createLinkCache, type NodeLink } from './node-addresses.ts';
import { nodeDevices } from './node-devices.ts';
import type { Wish } from './publish-report.ts';
import { type Outcome, type ReportInput, withoutBridgeTable } from './report.ts';
import { createStartWatch, rolesOf } from './roles.ts';
import { createRouters } from './routers.ts';
import { createStaleFlows } from './stale-flows.ts';
import { explainUnderlay, underlayOf } from './underlay.ts';
import { createVlanLinks, wantedVlans } from './vlan-links.ts';

export interface ConvergeOptions {
  readonly kernel: Kernel;
  readonly conntrack: Conntrack;
  /** As `endFlows` asks for. */
  retire(addresses: readonly string[]): Promise<void>;
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

/** What came of one round, and what to report of it. */
export interface Converged {
  readonly outcome: Outcome;
  readonly input: Omit<ReportInput, 'version' | 'now' | 'previous' | 'heard'>;
  /** Who has the addresses that this node stands by for? */
  readonly questions: readonly Question[];
  /** Of the tunnel, bytes; undefined before the first plan. */
  readonly tunnelMtu: number | undefined;
  /** Milliseconds until time alone changes something: a group that does not start, flows to be forgotten. */
  readonly lookAgainMs?: number;
  readonly report: Omit<Wish, 'status'>;
}

export interface Converger {
  /** Rejects when the node cannot be looked at: with a view of which no plan can be made, or without `ip`. */
  converge(view: NodeView): Promise<Converged>;
  /** Something there may have changed: the next round looks, even when the plan is the same. */
  invalidate(what: 'nft' | 'routes' | 'addresses' | 'next-hops'): void;
  /** Whether a device is one of the networks of the last plan, the nodes' own among them, or carries one. */
  isNetwork(device: string): boolean;
}

/** Applies plans to the node, doing (and spawning) nothing at all when neither the plan nor the node changed. */
export function createConverger(options: ConvergeOptions): Converger {
  const { kernel, metrics, clock, log, runDir } = options;
  let applied: string | undefined;
  let judged: RightsMemory | undefined;
  let freeMask: number | undefined;
  let tunnelMtu: number | undefined;
  let disturbed = 0;
  let corrected = 0;
  const links = createLinkCache(options.runner);
  const nextHops = createNextHopCache(options.runner);
  const starting = createStartWatch(clock);
  const staleFlows = createStaleFlows(options);
  const heirs = createHeirs(options);
  const routers = createRouters(options);
  const bgpSessions = createBgpMetrics(metrics);
  const vlans = createVlanLinks(options);
  let vlanProblems: ReadonlyMap<string, string> = new Map();
  let vlansOf: { readonly present: readonly NodeLink[]; readonly key: string } = { present: [], key: '' };
  let networks: ReadonlySet<string> = new Set();
  let ups: ReadonlyMap<string, boolean> = new Map();
  let withheld: Claimed['withheld'] = new Map();
  // As keepalived has it: what a group's next hops are called depends on its addresses.
  let programmed: NodePlan | undefined;
  let toldBridge = false;

  const programAll = async (selection: Selection, placements: NodeView['placements']): Promise<Outcome> => {
    await program(selection, placements);
    const rights = rememberRights(selection, judged);
    if (!mayDoom(judged, rights)) {
      judged = rights;
      return { kind: 'applied' };
    }
    const { ended, sources } = await endFlows(options.conntrack, selection, options.retire);
    judged = { ...rights, used: sources };
    metrics.endedFlows.add({}, ended);
    if (ended > 0) log.info({ flows: ended }, 'ended flows without a right to leave as they did');
    return { kind: 'applied' };
  };
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
  const program = async ({ plan: whole, rights }: Selection, placements: NodeView['placements']): Promise<void> => {
    const present = await readLinks(whole);
    const underlay = underlayOf(whole, present);
    if (underlay === undefined) {
      // Nothing can be sent to a Gateway, and nothing selected may leave otherwise.
      await kernel.guard(whole, { networks: [], ...nodeDevices(present, whole) });
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
  const programOrExplain = async (selection: Selection, placements: NodeView['placements']): Promise<Outcome> => {
    try {
      return await programAll(selection, placements);
    } catch (error) {
      const part = error instanceof ProgramError ? error.part : 'other';
      metrics.failures.add({ part });
      const message = error instanceof Error ? error.message : String(error);
      log.error({ part, error: message }, 'the kernel could not be programmed; tried again');
      return { kind: 'failed', message };
    }
  };
  return {
    isNetwork: (device) => ups.has(device) || networks.has(device),
    invalidate: (what) => {
      if (what === 'addresses') links.forget();
      else if (what === 'next-hops') {
        nextHops.forget();
        routers.forget();
      } else {
        disturbed += 1;
        applied = undefined;
      }
    },
    converge: async (view) => {
      const selection = selectPlan(view);
      const { ruleSets, placements } = view;
      programmed = undefined;
      const outcome = await programOrExplain(selection, placements);
      const isCandidate = selection.plan.groups.some(({ vrrp }) => vrrp !== undefined);
      const held = isCandidate ? await links.read() : [];
      const addresses = new Set(held.flatMap((link) => link.addresses));
      const underlay = underlayOf(selection.plan, held);
      await Promise.all([
        heirs.tell(selection.plan, addresses, underlay?.device ?? ''),
        routers.keep(selection.plan, underlay?.device ?? ''),
      ]).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'could not tell the kernel who takes over, or who routes; tried again');
      });
      const deviceOf = ({ vrrp }: PlanGroup) => vrrp?.networkInterface ?? underlay?.device;
      const state = isCandidate ? await readFailoverState(runDir) : nothingRuns;
      const { dead } = state;
      if (isCandidate) {
        // A failover process that began anew counts from zero.
        const now = state.corrected ?? 0;
        metrics.corrections.add({}, now < corrected ? now : now - corrected);
        corrected = now;
        if (state.isUrgent !== undefined) metrics.realTime.set({}, state.isUrgent ? 1 : 0);
      }
      const problems = networkProblems(programmed ?? selection.plan, {
        underlayDevice: underlay?.device,
        links: held,
        vlanProblems,
        dead,
        sessions: state.sessions ?? [],
      });
      bgpSessions.tell(state.sessions ?? []);
      const isServed = ({ group }: PlanGroup) => state.running && !problems.has(group);
      const failover = { isServed, replicates: state.flows !== undefined };
      const forgetInMs = await staleFlows.check(selection.plan, addresses, failover).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'could not forget flows of groups that others own; tried again');
        return retryMs;
      });
      const roles = starting.withoutStarting(rolesOf(selection.plan, addresses, isServed), problems);
      const macs = new Map(
        selection.plan.groups.flatMap((group) => {
          const mac = held.find(({ device }) => device === deviceOf(group))?.mac;
          return group.vrrp === undefined || mac === undefined ? [] : [[group.group, mac] as const];
        }),
      );
      return {
        outcome,
        tunnelMtu,
        ...soonest(roles.lookAgainMs, forgetInMs),
        questions: questionsOf(selection.plan, roles.known, deviceOf),
        input: {
          ...{
            selection,
            ruleSets,
            placements,
            outcome,
            roles: roles.known,
            problems,
            addresses,
            macs,
            withheld,
            hasBridge: kernel.hasBridge(),
          },
          flows: flowsHeld(selection.plan, state),
        },
        report: { nodeUid: view.node.spec.uid, nodes: view.cluster.status?.nodeIndexes?.length ?? 1 },
      };
    },
  };
}

const retryMs = 1_000;
const nothingRuns: FailoverState = { running: false, dead: [] };

function soonest(...waits: readonly (number | undefined)[]): { readonly lookAgainMs?: number } {
  const known = waits.filter((ms) => ms !== undefined);
  return known.length === 0 ? {} : { lookAgainMs: Math.min(...known) };
}
