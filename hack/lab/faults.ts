import type { ControlPlaneProcesses } from './control-plane.ts';
import type { Kubelet } from './kubelet.ts';
import { nodeMac, portName } from './lab-node.ts';
import { type NodeProcess, processesIn } from './node-processes.ts';
import { clearThief, startThief } from './thief.ts';
import { loadNft, tool, tryTool } from './tools.ts';
import type { Topology } from './topology.ts';

export interface FaultContext {
  readonly topology: Topology;
  readonly kubelet: Kubelet;
  readonly controlPlane: ControlPlaneProcesses;
}

const frozenPrograms = ['keepalived', 'conntrackd'];
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
      return split(context, knownNode(context, first), knownNode(context, second));
    case 'kill':
      return killProcess(context, knownNode(context, first), second);
    case 'api':
      return switchApi(context, first);
    case 'thief':
      return startThief(context.topology, first);
    default:
      throw new Error(`unknown fault "${kind}": crash, freeze, heal, split, kill, api, thief`);
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

async function freeze(node: string): Promise<string> {
  const frozen = await signalAll(await processesIn([node]), ({ comm }) => frozenPrograms.includes(comm), 'SIGSTOP');
  if (frozen.length === 0) throw new Error(`no keepalived and no conntrackd runs on ${node}`);
  return `${node}: stopped ${frozen.join(', ')}`;
}

async function heal({ topology, kubelet }: FaultContext, node: string): Promise<string> {
  await signalAll(await processesIn([node]), ({ comm }) => frozenPrograms.includes(comm), 'SIGCONT');
  await setPorts(topology, node, forwarding);
  for (const { name } of topology.nodes) {
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

async function killProcess({ kubelet }: FaultContext, node: string, name: string): Promise<string> {
  if (name === '') throw new Error('kill needs a process: agent, failover, controller or a program such as keepalived');
  const processes = await processesIn([node, ...kubelet.podNamespaces(node)]);
  const killed = await signalAll(processes, (process) => isCalled(process, name), 'SIGKILL');
  if (killed.length === 0) throw new Error(`no process "${name}" runs on ${node}`);
  return `${node}: killed ${name} (${killed.join(', ')})`;
}

/** By program name, or by the sallyport command that it runs (`node …/sallyport.mjs agent`). */
function isCalled({ comm, args }: NodeProcess, name: string): boolean {
  if (comm === 'unshare') return false; // waits outside the container for its first process
  return comm === name || args.some((arg, i) => arg === name && /sallyport(\.mjs)?$/.test(args[i - 1] ?? ''));
}

async function signalAll(
  processes: readonly NodeProcess[],
  matches: (process: NodeProcess) => boolean,
  signal: NodeJS.Signals,
): Promise<readonly string[]> {
  const done: string[] = [];
  for (const candidate of processes.filter(matches)) {
    try {
      process.kill(candidate.pid, signal);
      done.push(`${candidate.comm} ${candidate.pid}`);
    } catch {
      // It has ended.
    }
  }
  return done;
}

async function switchApi({ controlPlane }: FaultContext, to: string): Promise<string> {
  if (to === 'down') await controlPlane.stopApi();
  else if (to === 'up') await controlPlane.startApi();
  else throw new Error('api needs "down" or "up"');
  return `the API server is ${to}`;
}
