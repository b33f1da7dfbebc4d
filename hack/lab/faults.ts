import { rm } from 'node:fs/promises';
import type { ControlPlaneProcesses } from './control-plane.ts';
import { apiAddress } from './fixed-points.ts';
import type { Kubelet } from './kubelet.ts';
import { nodeMac, portName } from './lab-node.ts';
import { nodeRootDir } from './paths.ts';
import { cutPower, freeze, signalNamed, thaw } from './process-faults.ts';
import { clearThief, startThief } from './thief.ts';
import { loadNft, tool, tryTool } from './tools.ts';
import type { Topology } from './topology.ts';

export interface FaultContext {
  readonly topology: Topology;
  readonly kubelet: Kubelet;
  readonly controlPlane: ControlPlaneProcesses;
}

const disabled = '0';
const forwarding = '3';

/** Breaks or mends something; answers a line for people. Arguments: those of `lab fault` (README.md). */
export async function runFault(context: FaultContext, args: readonly string[]): Promise<string> {
  const [kind = '', first = '', second = ''] = args;
  switch (kind) {
    case 'crash':
      return crash(context, knownNode(context, first));
    case 'freeze':
      return freeze(knownNode(context, first));
    case 'heal':
      return first === 'thief' ? clearThief(context.topology) : heal(context, knownNode(context, first));
    case 'split':
      return second === 'api'
        ? splitFromApi(context, knownNode(context, first))
        : split(context, knownNode(context, first), knownNode(context, second));
    case 'link':
      return switchLink(context, first, knownNode(context, second));
    case 'kill':
    case 'stop':
      return signalNamed(
        [knownNode(context, first), ...context.kubelet.podNamespaces(first)],
        second,
        kind === 'kill' ? 'SIGKILL' : 'SIGSTOP',
      );
    case 'power':
      await crash(context, knownNode(context, first));
      return cutPower(first);
    case 'join':
      await context.kubelet.join(knownNode(context, first));
      return `${first} is a node of the cluster`;
    case 'disk':
      return switchDisk(first, knownNode(context, second));
    case 'api':
      return switchApi(context, first);
    case 'thief':
      return startThief(context.topology, first);
    default:
      throw new Error(
        `unknown fault "${kind}": crash, freeze, power, heal, split, link, kill, stop, join, disk, api, thief`,
      );
  }
}

function knownNode({ topology }: FaultContext, name: string): string {
  if (topology.nodes.some((node) => node.name === name)) return name;
  throw new Error(`there is no node "${name}": ${topology.nodes.map((node) => node.name).join(', ')}`);
}

/** The node falls silent on every network: its ports stop forwarding, nobody sees a link go down; its kubelet is silent too. */
async function crash({ topology, kubelet }: FaultContext, node: string): Promise<string> {
  kubelet.setCrashed(node, true);
  await setPorts(topology, node, disabled);
  return `${node} is silent`;
}

async function setPorts({ networks }: Topology, node: string, state: string): Promise<void> {
  for (const network of networks) await tool(['bridge', 'link', 'set', 'dev', portName(network, node), 'state', state]);
}

async function heal({ topology, kubelet }: FaultContext, node: string): Promise<string> {
  await thaw(node, kubelet.podNamespaces(node));
  await setLinks(topology, node, 'up');
  await setPorts(topology, node, forwarding);
  for (const name of [...topology.nodes.map((one) => one.name), 'api']) {
    const pair = [node, name].sort().join('-');
    await tryTool(['nft', 'delete', 'table', 'netdev', `split-${pair}`]); // most pairs are not split
  }
  kubelet.setCrashed(node, false);
  return `${node} is healed`;
}

/** Frames between the two nodes vanish, in both directions, on every network; both go on reaching everybody else. */
async function split({ topology }: FaultContext, a: string, b: string): Promise<string> {
  if (a === b) throw new Error('split needs two nodes');
  const index = (name: string) => topology.nodes.find((node) => node.name === name)?.index ?? 0;
  const chain = (network: Topology['networks'][0], to: string, from: string) => `  chain to-${to}-${network.index} {
    type filter hook egress device "${portName(network, to)}" priority 0
    ether saddr ${nodeMac(network, index(from))} drop
  }
`;
  const chains = topology.networks.flatMap((network) => [chain(network, a, b), chain(network, b, a)]);
  await loadNft(undefined, `table netdev split-${[a, b].sort().join('-')} {\n${chains.join('')}}\n`);
  return `${a} and ${b} do not hear each other`;
}

/** Of frames between the node and the API server the node gets none: it still has everybody else. */
async function splitFromApi({ topology: { networks } }: FaultContext, node: string): Promise<string> {
  const [network] = networks;
  await loadNft(
    undefined,
    `table netdev split-${['api', node].sort().join('-')} {
  chain to-${node} {
    type filter hook egress device "${portName(network, node)}" priority 0
    ip saddr ${apiAddress.ipv4} drop
    ip6 saddr ${apiAddress.ipv6} drop
  }
}
`,
  );
  return `${node} does not hear the API server`;
}

/** The node sees its links go down, on every network. */
async function switchLink({ topology }: FaultContext, to: string, node: string): Promise<string> {
  if (to !== 'down' && to !== 'up') throw new Error('link needs "down" or "up"');
  await setLinks(topology, node, to);
  return `the links of ${node} are ${to}`;
}

async function setLinks({ networks }: Topology, node: string, to: 'down' | 'up'): Promise<void> {
  for (const network of networks) await tool(['ip', 'link', 'set', 'dev', portName(network, node), to]);
}

/** The file system of the node's /run/sallyport has no block left; or what filled it is removed. */
async function switchDisk(to: string, node: string): Promise<string> {
  if (to !== 'full' && to !== 'free') throw new Error('disk needs "full" or "free"');
  const filler = `${nodeRootDir(node)}/run/sallyport/filler`;
  // dd ends with 1 when nothing more fits.
  if (to === 'full') await tryTool(['dd', 'if=/dev/zero', `of=${filler}`, 'bs=4096']);
  else await rm(filler, { force: true });
  return `/run/sallyport of ${node} is ${to}`;
}

async function switchApi({ controlPlane }: FaultContext, to: string): Promise<string> {
  if (to === 'down') await controlPlane.stopApi();
  else if (to === 'up') await controlPlane.startApi();
  else throw new Error('api needs "down" or "up"');
  return `the API server is ${to}`;
}
