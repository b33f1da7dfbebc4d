import type { Cluster } from '../cluster/api.ts';
import { nodeAddresses } from '../cluster/kubernetes.ts';
import { grace, type Holding } from './addresses.ts';
import { decideClasses } from './classes.ts';
import { type Network, type Sent, sourceOf } from './data-plane.ts';
import { type Decision, decide } from './decision.ts';
import { type Nodes, startNodes } from './nodes.ts';
import type { Reporting } from './status.ts';
import { firstOf, type Labels, type PodObject, read, type View } from './view.ts';
import { writeAll } from './write.ts';

/** From a change to the controller's answer, in milliseconds. */
const thinking = 20;

/** The fake implementation as the world sees it: statuses in the API, packets, and nodes that break. */
export interface Implementation {
  readonly nodes: Nodes;
  /** The source address of a Pod's packet; undefined when it does not arrive. */
  sourceOf(pod: PodObject, sent: Sent): string | undefined;
}

/** Runs the implementation over a cluster for as long as its clock runs. */
export function runImplementation(
  cluster: Cluster,
  controllerName: string,
  features: readonly string[],
): Implementation {
  const { store, clock, wrong } = cluster;
  const memory = new Map<string, unknown>();
  let holdings: readonly Holding[] = [];
  let pending = false;
  const viewNow = (): View => ({ store, wrong, controllerName, now: clock.now(), memory });
  const work = (): Decision => {
    pending = false;
    const decision = decide(viewNow(), holdings);
    holdings = decision.allocation.holdings;
    // Freed addresses are somebody's again after a while, and no object says so.
    if (holdings.some(({ freed }) => freed !== undefined)) clock.after(grace + 1, changed);
    for (const pod of read<PodObject>(viewNow(), 'Pod')) meet(viewNow(), pod);
    nodes.tell(decision.wanted);
    writeAll(cluster, reportingOf(viewNow(), decision, nodes), features);
    return decision;
  };
  const changed = (): void => {
    if (pending) return;
    pending = true;
    clock.after(thinking, work);
  };
  const nodes = startNodes(clock, wrong, changed);
  store.onChange(changed);
  if (wrong('status-written-in-a-loop')) beat(clock, changed);
  return {
    nodes,
    sourceOf: (pod, sent) => {
      const view = viewNow();
      return sourceOf(view, networkOf(view, nodes), pod, sent);
    },
  };
}

function beat(clock: Cluster['clock'], task: () => void): void {
  clock.after(1000, () => {
    task();
    beat(clock, task);
  });
}

function meet(view: View, pod: PodObject): void {
  firstOf(view, `Pod ${pod.metadata.uid}`, view.now);
  knownLabels(view, pod);
}

function knownLabels(view: View, { metadata }: PodObject): Labels {
  const { uid, labels = {} } = metadata;
  const first = firstOf(view, `labels of Pod ${uid}`, labels);
  return first !== labels && view.wrong('label-change-not-noticed') ? first : labels;
}

function reportingOf(view: View, decision: Decision, nodes: Nodes): Reporting {
  const { rules, addresses } = nodes.programming();
  return {
    view,
    decision,
    boundOf: (uid) => {
      const granted = decision.allocation.grants.get(uid)?.addresses ?? [];
      return granted.filter((address) => addresses[uid]?.includes(address));
    },
    isProgrammed: (uid, generation, gateway) => {
      const all = rules.filter((rule) => rule.uid === uid);
      return all.length > 0 && all.every((rule) => rule.generation === generation && rule.gateway === gateway);
    },
    isOwned: (uid) => nodes.ownerOf(uid) !== undefined,
  };
}

function networkOf(view: View, nodes: Nodes): Network {
  return {
    programming: nodes.programming(),
    classes: decideClasses(view),
    dead: nodes.dead,
    ownerOf: nodes.ownerOf,
    addressOf: (node) => nodeAddresses.get(node) ?? '',
    knows: ({ metadata }) => firstOf(view, `Pod ${metadata.uid}`, view.now) <= nodes.changedAt(),
    labelsOf: (pod) => knownLabels(view, pod),
  };
}
