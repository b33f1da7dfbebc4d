// The agent's part of `npm run bench -- compile`: select on one node, over the snapshot in the file given. Prints AgentFigures.
import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import type { Pod } from '../../src/api/pod.ts';
import { matchesSelector } from '../../src/compile/label-selector.ts';
import { type NodeView, selectPlan } from '../../src/compile/select.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import { meta } from '../support/objects.ts';
import { quantile } from './figures.ts';

export interface AgentFigures {
  /** Median milliseconds of select after one of the node's Pods changed, on a plain node and on a candidate. */
  readonly podMs: number;
  readonly candidatePodMs: number;
  /** The same on a node of a cluster with a hundredth of the routes. */
  readonly fewRoutesPodMs: number;
  /** Median milliseconds of looking at every rule for every Pod of the node, and nothing else. */
  readonly scanMs: number;
  /** Milliseconds of a select from scratch. */
  readonly scratchMs: number;
  readonly selectedPods: number;
}

const rounds = 200;
const podsPerNode = 100;
const snapshot = deserialize(readFileSync(process.argv[2] ?? '')) as Snapshot;
const candidate = snapshot.placements[0]?.spec.candidates[0]?.node ?? '';
const plain = snapshot.nodes.find(({ metadata }) =>
  snapshot.placements.every(({ spec }) => spec.candidates.every(({ node }) => node !== metadata.name)),
);
const view = viewOf(plain?.metadata.name ?? candidate, snapshot.ruleSets);
const few = viewOf(view.node.metadata.name, snapshot.ruleSets.slice(0, Math.ceil(snapshot.ruleSets.length / 100)));
const scratch = timed(() => selectPlan(structuredClone(view)));
const figures: AgentFigures = {
  podMs: onePod(view),
  candidatePodMs: onePod(viewOf(candidate, snapshot.ruleSets)),
  fewRoutesPodMs: onePod(few),
  scanMs: quantile(
    Array.from({ length: 10 }, () => timed(() => scan(view))),
    0.5,
  ),
  scratchMs: scratch,
  selectedPods: selectPlan(view).plan.pods.length,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);

function viewOf(name: string, ruleSets: NodeView['ruleSets']): NodeView {
  const node = snapshot.egressNodes.find(({ metadata }) => metadata.name === name);
  if (node === undefined || snapshot.cluster === undefined) throw new Error('the snapshot has no such EgressNode');
  const { cluster, egressClasses: classes, namespaces, placements, egressNodes } = snapshot;
  const pods = Array.from({ length: podsPerNode }, (_, index) => newPod(index, 0));
  const nodes = name === candidate ? egressNodes : [];
  return { cluster, classes, node, namespaces, placements, ruleSets, pods, nodes };
}

function newPod(index: number, version: number): Pod {
  const namespace = `team-${(index * 7) % snapshot.gateways.length}`;
  const labels = { app: `app-${(index + version) % 20}`, version: `${version}` };
  return {
    metadata: meta(`${namespace}/pod-${index}`, { labels, resourceVersion: `${version}` }),
    spec: { nodeName: 'node' },
    status: { phase: 'Running', podIPs: [`10.128.${index >> 8}.${index & 255}`] },
  };
}

function onePod(start: NodeView): number {
  selectPlan(start);
  let pods = start.pods;
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const index = (round * 13) % podsPerNode;
    pods = pods.with(index, newPod(index, round + 1));
    times.push(timed(() => selectPlan({ ...start, pods })));
  }
  return quantile(times, 0.5);
}

function scan({ pods, ruleSets, namespaces }: NodeView): number {
  const labels = new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels]));
  let found = 0;
  for (const { metadata } of pods) {
    for (const { spec } of ruleSets) {
      for (const { route, namespaceSelector, podSelector } of spec.rules) {
        if (route.kind === 'EgressRoute' && route.namespace !== metadata.namespace) continue;
        if (!matchesSelector(namespaceSelector, labels.get(metadata.namespace ?? ''))) continue;
        if (matchesSelector(podSelector, metadata.labels)) found += 1;
      }
    }
  }
  return found;
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
