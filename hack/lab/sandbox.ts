import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bridgeGateway, podBridge, routedGateway } from './cni.ts';
import type { CriServer } from './cri-server.ts';
import { ofFamilies } from './families.ts';
import { type LabNode, podMac } from './lab-node.ts';
import type { CniName } from './options.ts';
import { netnsPath, podLinkPath } from './paths.ts';
import { ipBatch, tool } from './tools.ts';

/** A pod's network namespace. */
export interface Sandbox {
  readonly netns: string;
  /** Of the lab's families, IPv4 first. */
  readonly addresses: readonly string[];
  readonly remove: () => Promise<void>;
}

export interface SandboxRequest {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/** Gives out a node's pod addresses: always the lowest free one, so that addresses are used again as soon as they can be. */
export interface PodAddresses {
  readonly take: () => number;
  readonly release: (address: number) => void;
}

/** Name of the network namespace of a Pod, unless it uses its node's. */
export function podNetns(uid: string): string {
  return `pod-${uid}`;
}

const firstPod = 2;
const lastPod = 254;

export function podAddresses(node: string): PodAddresses {
  const used = new Set<number>();
  return {
    take: () => {
      for (let address = firstPod; address <= lastPod; address++) {
        if (used.has(address)) continue;
        used.add(address);
        return address;
      }
      throw new Error(`${node} has no free pod address: it has room for ${lastPod - firstPod + 1} pods`);
    },
    release: (address) => used.delete(address),
  };
}

export interface SandboxNode {
  readonly node: LabNode;
  readonly addresses: PodAddresses;
  readonly cri?: CriServer;
}

/** Makes the namespace of a pod and its link to the node, as the CNI of the lab does it, and tells the container runtime's listeners. */
export async function createSandbox(
  cni: CniName,
  { node, addresses, cri }: SandboxNode,
  pod: SandboxRequest,
): Promise<Sandbox> {
  const number = addresses.take();
  const netns = podNetns(pod.uid);
  const device = `veth${number}`;
  const ipv4 = `10.244.${node.index}.${number}`;
  const ipv6 = `fd00:10:244:${node.index}::${number.toString(16)}`;
  const nodeMac = podMac('node', node.index, number);
  const own = <T>(four: T, six: T) => ofFamilies(node.families, four, six);
  const held = own(ipv4, ipv6);
  const link = podLinkPath(pod.namespace, pod.name);
  const bridged = cni !== 'routed';
  const gateway = bridged ? bridgeGateway(node) : routedGateway;
  await ipBatch(node.name, [
    `netns add ${netns}`,
    `link add ${device} address ${nodeMac} type veth peer name eth0 address ${podMac('pod', node.index, number)} netns ${netns}`,
    ...(bridged ? [`link set ${device} master ${podBridge} up`] : [`link set ${device} up`]),
    ...(bridged ? [] : own(`route add ${ipv4}/32 dev ${device}`, `route add ${ipv6}/128 dev ${device}`)),
  ]);
  const gatewayMac = bridged ? podMac('node', node.index, 0) : nodeMac;
  await ipBatch(netns, [
    'link set lo up',
    ...own(`addr add ${ipv4}/${bridged ? 24 : 32} dev eth0`, `addr add ${ipv6}/${bridged ? 64 : 128} dev eth0 nodad`),
    'link set eth0 up',
    ...own(
      [
        ...(bridged ? [] : [`route add ${gateway.ipv4} dev eth0 scope link`]),
        `neigh replace ${gateway.ipv4} lladdr ${gatewayMac} dev eth0 nud permanent`,
        `route add default via ${gateway.ipv4} dev eth0`,
      ],
      [
        `neigh replace ${gateway.ipv6} lladdr ${gatewayMac} dev eth0 nud permanent`,
        `route add ::/0 via ${gateway.ipv6} dev eth0`,
      ],
    ).flat(),
  ]);
  const id = cri?.add({ ...pod, addresses: held, links: bridged ? [podBridge, device] : [device] });
  await linkPod(link, netns);
  return {
    netns,
    addresses: held,
    remove: async () => {
      await rm(link, { force: true });
      // The node's side first: its routes and its bridge port are gone before the address can be given out again.
      await ipBatch(node.name, [`link del ${device}`]);
      await tool(['ip', 'netns', 'del', netns]);
      // As late as can be: a real runtime says so before its CNI plugin is called to give the address back.
      if (id !== undefined) cri?.remove(id);
      addresses.release(number);
    },
  };
}

/** Lets `lab exec` find a pod; a hostNetwork pod is its node. */
export async function linkPod(link: string, netns: string): Promise<void> {
  await mkdir(dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(netnsPath(netns), link);
}
