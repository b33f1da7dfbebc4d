import type { PlanGroup } from '../compile/node-plan.ts';
import { type NodeView, type Selection, selectPlan } from '../compile/select.ts';
import type { Conntrack } from '../dataplane/conntrack/exec.ts';
import type { FailoverState } from '../dataplane/vrrp/state.ts';
import { type Question, questionsOf } from './ask-answers.ts';
import { createBgpMetrics } from './bgp-metrics.ts';
import { endFlows, mayDoom, type RightsMemory, rememberRights } from './end-flows.ts';
import { createFailoverMetrics } from './failover-metrics.ts';
import { flowsHeld } from './flows-held.ts';
import { createHeirs } from './heirs.ts';
import { readFailoverState } from './keepalived-file.ts';
import { ProgramError } from './kernel.ts';
import { cutOffs, networkProblems, unannounced } from './network-problems.ts';
import { createLinkCache } from './node-addresses.ts';
import { createNodeProgrammer, type ProgramOptions } from './program-node.ts';
import type { Wish } from './publish-report.ts';
import type { Outcome, ReportInput } from './report.ts';
import { createStartWatch, ownedGroups, rolesOf } from './roles.ts';
import { createRouters } from './routers.ts';
import { createStaleFlows } from './stale-flows.ts';
import { underlayOf } from './underlay.ts';

export interface ConvergeOptions extends ProgramOptions {
  readonly conntrack: Conntrack;
  /** As `endFlows` asks for. */
  retire(addresses: readonly string[]): Promise<void>;
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
  let judged: RightsMemory | undefined;
  const links = createLinkCache(options.runner);
  const programmer = createNodeProgrammer(options, links);
  const { program } = programmer;
  const starting = createStartWatch(clock);
  const staleFlows = createStaleFlows(options);
  const heirs = createHeirs(options);
  const routers = createRouters(options);
  const bgpSessions = createBgpMetrics(metrics);
  const failoverMetrics = createFailoverMetrics(metrics);

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
  const programOrExplain = async (selection: Selection, placements: NodeView['placements']): Promise<Outcome> => {
    try {
      return await programAll(selection, placements);
    } catch (error) {
      // The kernel may follow a part of this plan already: whatever comes next, the flows of meanwhile are judged.
      judged = undefined;
      const part = error instanceof ProgramError ? error.part : 'other';
      metrics.failures.add({ part });
      const message = error instanceof Error ? error.message : String(error);
      log.error({ part, error: message }, 'the kernel could not be programmed; tried again');
      return { kind: 'failed', message };
    }
  };
  return {
    isNetwork: programmer.isNetwork,
    invalidate: (what) => {
      if (what === 'addresses') links.forget();
      else if (what === 'next-hops') {
        programmer.forgetNextHops();
        routers.forget();
      } else programmer.disturb();
    },
    converge: async (view) => {
      const selection = selectPlan(view);
      const { ruleSets, placements } = view;
      programmer.begin();
      const outcome = await programOrExplain(selection, placements);
      metrics.ready.set({}, outcome.kind === 'applied' ? 1 : 0);
      const { programmed, tunnelMtu, withheld, vlanProblems } = programmer.known();
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
      const { sessions = [], announces = !state.running } = state;
      const networks = { ...state, underlayDevice: underlay?.device, links: held, vlanProblems, sessions, announces };
      const followed = programmed ?? selection.plan;
      const problems = networkProblems(followed, networks);
      bgpSessions.tell(sessions);
      const isServed = ({ group }: PlanGroup) => state.running && !problems.has(group);
      const failover = { isServed, replicates: state.flows !== undefined };
      const forgetInMs = await staleFlows.check(selection.plan, addresses, failover).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'could not forget flows of groups that others own; tried again');
        return retryMs;
      });
      const roles = starting.withoutStarting(rolesOf(selection.plan, addresses, isServed), problems);
      failoverMetrics.tell(isCandidate ? { plan: selection.plan, addresses, roles: roles.known, state } : undefined);
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
            cutOffs: cutOffs(followed, networks),
            unannounced: unannounced(followed, ownedGroups(followed, addresses), sessions),
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
