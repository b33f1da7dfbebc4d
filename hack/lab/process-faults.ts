import { join } from 'node:path';
import { type NodeProcess, processesIn } from './node-processes.ts';
import { nodeRootDir } from './paths.ts';
import { inNetns, tool } from './tools.ts';

const frozenPrograms = ['keepalived', 'conntrackd'];

/** SIGSTOP of what fails over. */
export async function freeze(node: string): Promise<string> {
  const frozen = await signalAll(await processesIn([node]), ({ comm }) => frozenPrograms.includes(comm), 'SIGSTOP');
  if (frozen.length === 0) throw new Error(`no keepalived and no conntrackd runs on ${node}`);
  return `${node}: stopped ${frozen.join(', ')}`;
}

/** Whatever stands still on the node goes on. */
export async function thaw(node: string, namespaces: readonly string[]): Promise<void> {
  await signalAll(await processesIn([node, ...namespaces]), () => true, 'SIGCONT');
}

/** Signals the processes of the namespaces that are called `name`: agent, failover, controller, or a program's name. */
export async function signalNamed(
  namespaces: readonly string[],
  name: string,
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<string> {
  const [node = ''] = namespaces;
  if (name === '') throw new Error('give a process: agent, failover, controller or a program such as keepalived');
  const done = await signalAll(await processesIn(namespaces), (process) => isCalled(process, name), signal);
  if (done.length === 0) throw new Error(`no process "${name}" runs on ${node}`);
  return `${node}: ${signal} to ${name} (${done.join(', ')})`;
}

/** What a power cut leaves of a node: no process of Sallyport's, and of the kernel's state only what the lab itself set up. */
export async function cutPower(node: string): Promise<string> {
  for (const name of ['agent', 'failover'])
    await signalAll(await processesIn([node]), (process) => isCalled(process, name), 'SIGKILL');
  await tool(inNetns(node, [join(import.meta.dirname, 'cut-power.sh'), join(nodeRootDir(node), 'run')]));
  return `${node} has lost its power`;
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
