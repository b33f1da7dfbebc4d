import type { EgressClass, EgressCluster, EgressNode, EgressPlacement, EgressRuleSet } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';
import { resources } from '../api/resources.ts';
import type { NodeView } from '../compile/select.ts';
import { projectMeta, projectObject } from '../kube/project.ts';
import type { Store } from '../kube/store.ts';
import { type WatchContext, watched } from '../kube/watched.ts';
import { projectPod } from './project-pod.ts';

export interface WatchOptions extends WatchContext {
  readonly nodeName: string;
}

export interface Watches {
  /** Undefined until everything was listed once, and while EgressCluster or this node's EgressNode is missing. */
  view(): NodeView | undefined;
  /** What the view still waits for, for people. */
  missing(): readonly string[];
}

type Namespace = { readonly metadata: ObjectMeta };

/** Watches what an agent may watch (decisions.md 1), each with its own reflector, until the signal aborts. */
export function startWatches(options: WatchOptions): Watches {
  const clusters = watched<EgressCluster>(options, { resource: resources.egressClusters, project: projectObject });
  const classes = watched<EgressClass>(options, { resource: resources.egressClasses, project: projectObject });
  const pods = watched<Pod>(options, {
    resource: resources.pods,
    project: projectPod,
    fieldSelector: `spec.nodeName=${options.nodeName}`,
  });
  const namespaces = watched<Namespace>(options, {
    resource: resources.namespaces,
    project: (raw) => ({ metadata: projectMeta(raw) }),
  });
  const ruleSets = watched<EgressRuleSet>(options, { resource: resources.egressRuleSets, project: projectObject });
  const placements = watched<EgressPlacement>(options, {
    resource: resources.egressPlacements,
    project: projectObject,
  });
  const ownNode = watched<EgressNode>(options, {
    resource: resources.egressNodes,
    project: projectObject,
    fieldSelector: `metadata.name=${options.nodeName}`,
  });
  const stores = {
    EgressCluster: clusters,
    EgressClass: classes,
    Pod: pods,
    Namespace: namespaces,
    EgressRuleSet: ruleSets,
    EgressPlacement: placements,
    EgressNode: ownNode,
  };

  // Only the gateway hop needs the way back to every node: most nodes never watch the others.
  let allNodes: Store<EgressNode> | undefined;
  const isCandidate = () =>
    placements.list().some(({ spec }) => spec.candidates.some(({ node }) => node === options.nodeName));
  const nodesIfNeeded = () => {
    if (allNodes === undefined && isCandidate()) {
      allNodes = watched<EgressNode>(options, { resource: resources.egressNodes, project: projectObject });
    }
    return allNodes;
  };
  const missing = () => [
    ...Object.entries(stores).flatMap(([kind, store]) => (store.isSynced ? [] : [`the first list of ${kind}`])),
    ...(clusters.get('default') === undefined ? ['EgressCluster/default'] : []),
    ...(ownNode.list().length === 0 ? [`EgressNode/${options.nodeName} (the controller numbers the node)`] : []),
    ...(nodesIfNeeded()?.isSynced === false ? ['the first list of all EgressNodes (this node is a candidate)'] : []),
  ];
  return {
    missing,
    view: () => {
      const cluster = clusters.get('default');
      const node = ownNode.get(options.nodeName);
      if (missing().length > 0 || cluster === undefined || node === undefined) return undefined;
      return {
        cluster,
        classes: classes.list(),
        node,
        pods: pods.list(),
        namespaces: namespaces.list(),
        ruleSets: ruleSets.list(),
        placements: placements.list(),
        nodes: allNodes?.list() ?? [],
      };
    },
  };
}
