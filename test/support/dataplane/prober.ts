import type { EgressPlacement } from '../../../src/api/kinds.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Runner } from '../../../src/platform/exec.ts';
import { type Prober, startProber } from '../../../src/probe/run.ts';
import { probeWish } from '../../../src/probe/targets.ts';
import type { Proof } from '../../../src/probe/verdict.ts';
import { silentLog } from '../silent-log.ts';
import type { TestCluster } from './cluster.ts';
import { inside } from './network.ts';
import { partnerGateway } from './partner.ts';
import { gateways, nodes, type TestNode } from './places.ts';
import { type ClusterState, runnerIn, sysctlsIn } from './program.ts';

/** A node's self-probe as its agent runs it, but burst after burst and with flows that are forgotten at once. */
export interface TestProber extends Prober {
  /** What each burst showed, the last one last. */
  readonly bursts: readonly Proof[];
  /** It finds its devices gone when it looks next. */
  lose(): void;
  /** Programs that were run. */
  spawned(): number;
}

const placements = Object.entries({ ...gateways, gp: partnerGateway }).map(([name, { id, ...addresses }]) => ({
  metadata: { name },
  spec: { gateway: { namespace: 'shop', name }, identities: [{ id, ...addresses }] },
})) as unknown as readonly EgressPlacement[];

/** Starts the probers of all nodes, in their namespaces. */
export function startProbers(
  cluster: TestCluster,
  signal: AbortSignal,
  state: ClusterState = cluster.state,
): ReadonlyMap<TestNode, TestProber> {
  return new Map(nodes.map((node) => [node, startTestProber(cluster.agent(node).select(state).plan, node, signal)]));
}

function startTestProber(plan: NodePlan, node: TestNode, signal: AbortSignal): TestProber {
  inside(node.name)('sysctl', ['-qw', 'net.netfilter.nf_conntrack_udp_timeout=2']);
  const bursts: Proof[] = [];
  let spawned = 0;
  let isLost = false;
  const prober = startProber({
    runner: counting(runnerIn(node.name), () => {
      spawned += 1;
    }),
    sysctls: sysctlsIn(node.name),
    enter: ['nsenter', `--net=/run/netns/${node.name}`, 'unshare', '--net'],
    nodeName: node.name,
    everyMs: 100,
    ...{ clock: systemClock, log: silentLog, signal },
    hasDevices: () => {
      const has = !isLost;
      isLost = false;
      return Promise.resolve(has);
    },
    onBurst: (_, proof) => bursts.push(proof),
    onChange: () => {},
  });
  prober.want(probeWish({ plan, placements, clusterUid: 'c', mtu: 1450, nodes: nodes.length }));
  const lose = () => {
    isLost = true;
  };
  return { ...prober, bursts, spawned: () => spawned, lose };
}

function counting({ run, lines }: Runner, count: () => void): Runner {
  return {
    run: (...args) => {
      count();
      return run(...args);
    },
    lines: (...args) => {
      count();
      return lines(...args);
    },
  };
}
