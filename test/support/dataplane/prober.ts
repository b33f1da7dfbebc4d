import type { EgressPlacement } from '../../../src/api/kinds.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { type Prober, startProber } from '../../../src/probe/run.ts';
import { probeWish } from '../../../src/probe/targets.ts';
import type { Proof } from '../../../src/probe/verdict.ts';
import { silentLog } from '../silent-log.ts';
import type { TestCluster } from './cluster.ts';
import { gateways, nodes, type TestNode } from './places.ts';
import { runnerIn, sysctlsIn } from './program.ts';

/** A node's self-probe as its agent runs it, a burst every 400 ms; `said` and `bursts` are by Gateway. */
export interface TestProber extends Prober {
  readonly node: TestNode;
  /** What each burst showed, the last one last. */
  readonly bursts: readonly { readonly address: string; readonly proof: Proof }[];
}

const placements = Object.entries(gateways).map(([name, { id, ...addresses }]) => ({
  metadata: { name },
  spec: { gateway: { namespace: 'shop', name }, identities: [{ id, ...addresses }] },
})) as unknown as readonly EgressPlacement[];

/** Starts the probers of all nodes, in their namespaces. */
export function startProbers(cluster: TestCluster, signal: AbortSignal): ReadonlyMap<TestNode, TestProber> {
  return new Map(
    nodes.map((node) => {
      const bursts: { address: string; proof: Proof }[] = [];
      const prober = startProber({
        runner: runnerIn(node.name),
        sysctls: sysctlsIn(node.name),
        enter: ['nsenter', `--net=/run/netns/${node.name}`, 'unshare', '--net'],
        nodeName: node.name,
        everyMs: 400,
        ...{ clock: systemClock, log: silentLog, signal },
        hasDevices: () => Promise.resolve(true),
        onBurst: ({ address }, proof) => bursts.push({ address, proof }),
        onChange: () => {},
      });
      const { plan } = cluster.agent(node).select(cluster.state);
      prober.want(probeWish({ plan, placements, clusterUid: 'c', mtu: 1450, nodes: nodes.length }));
      return [node, { ...prober, node, bursts }];
    }),
  );
}
