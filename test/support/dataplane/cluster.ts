import { startEchoServer } from './exchange.ts';
import { addPod, buildNetwork } from './network.ts';
import { nodes, outside, owner, podPlace, standby, type TestNode, third } from './places.ts';
import { bothGateways, type ClusterState, createNodeAgent, makeOwner, type NodeAgent } from './program.ts';

/** A cluster of three programmed nodes, each with the pod `pod-NODE` that Gateway `gw` selects. */
export interface TestCluster {
  readonly state: ClusterState;
  agent(node: TestNode): NodeAgent;
  /** Programs all nodes. */
  apply(state: ClusterState): Promise<void>;
  /** What an agent does that learnt of a foreign change on a node (default: each): read, compare, put right. */
  heal(node?: TestNode): Promise<void>;
}

/** Builds it in the namespace of the test file; `owner` is the owner unless `elect` chooses in another way. */
export async function startCluster(
  elect: () => void = () => makeOwner(owner),
  shape: Pick<ClusterState, 'tunnel'> = {},
): Promise<TestCluster> {
  buildNetwork(nodes);
  const pods = nodes.map((node) => podPlace(node.name, node, 0));
  for (const pod of pods) addPod(pod);
  await startEchoServer(outside.name, [outside.ip, outside.ip6]);
  const agents = new Map([third, owner, standby].map((node) => [node, createNodeAgent(node)]));
  const apply = async (wanted: ClusterState) => {
    await Promise.all([...agents.values()].map((agent) => agent.apply(wanted)));
  };
  const state: ClusterState = { ...bothGateways, ...shape, pods: pods.map((pod) => ({ ...pod, gateway: 'gw' })) };
  await apply(state);
  elect();
  return {
    state,
    apply,
    heal: async (node) => {
      for (const [at, { kernel }] of agents) {
        if (node !== undefined && node !== at) continue;
        kernel.forget('nft');
        kernel.forget('routes');
      }
      await apply(state);
    },
    agent: (node) => {
      const agent = agents.get(node);
      if (agent === undefined) throw new Error(`no agent of ${node.name}`);
      return agent;
    },
  };
}
