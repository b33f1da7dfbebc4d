import { readdir, readFile, readlink } from 'node:fs/promises';
import { inNetns, tool } from '../../hack/lab/tools.ts';
import type { Standing } from './soak-figures.ts';

const programs = /^(?:keepalived|conntrackd|bird)$/;
const ours = /(?:^|\0)(agent|failover|controller)(?:\0|$)/;

/** What every node and every process of Sallyport's in the lab has now. */
export async function readStanding(nodes: readonly string[]): Promise<Standing> {
  const places = new Map<string, string>();
  for (const node of nodes) places.set(await namespaceOf(node), node);
  const standing: Record<string, number> = {};
  const add = (name: string, value: number) => {
    standing[name] = (standing[name] ?? 0) + value;
  };
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // It may be gone by now.
    const found = await readProcess(pid).catch(() => undefined);
    if (found === undefined) continue;
    const where = `${found.name}@${places.get(found.namespace) ?? 'elsewhere'}`;
    add(`memory of ${where}`, found.memoryMiB);
    add(`files of ${where}`, found.files);
  }
  for (const node of nodes) for (const [name, value] of await readKernel(node)) add(`${name}@${node}`, value);
  return standing;
}

async function namespaceOf(node: string): Promise<string> {
  return (await tool(inNetns(node, ['readlink', '/proc/self/ns/net']))).trim();
}

async function readProcess(pid: string) {
  const comm = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  const name = programs.test(comm)
    ? comm
    : /node|sallyport/.test(line.split('\0')[0] ?? '')
      ? ours.exec(line)?.[1]
      : undefined;
  if (name === undefined) return undefined;
  const [namespace, status, files] = await Promise.all([
    readlink(`/proc/${pid}/ns/net`),
    readFile(`/proc/${pid}/status`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ]);
  const memoryMiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024;
  return { name, namespace, memoryMiB, files: files.length };
}

interface Ruleset {
  readonly nftables: readonly Readonly<
    Record<string, { readonly flags?: unknown; readonly elem?: readonly unknown[] }>
  >[];
}

async function readKernel(node: string): Promise<readonly (readonly [string, number])[]> {
  const run = (...command: string[]) => tool(inNetns(node, command));
  const list = async (...args: string[]) => (JSON.parse((await run('ip', '-j', ...args)) || '[]') as unknown[]).length;
  const { nftables } = JSON.parse(await run('nft', '-j', 'list', 'ruleset')) as Ruleset;
  const all = nftables.map((entry) => Object.entries(entry)[0]);
  const count = (...kinds: string[]) => all.filter((entry) => kinds.includes(entry?.[0] ?? '')).length;
  // Those with a timeout go by themselves.
  const kept = all.filter((entry) => !JSON.stringify(entry?.[1].flags ?? '').includes('timeout'));
  const elements = kept.reduce((sum, entry) => sum + (entry?.[1].elem?.length ?? 0), 0);
  const routes = (await list('route', 'show', 'table', 'all')) + (await list('-6', 'route', 'show', 'table', 'all'));
  const fdb = JSON.parse((await run('bridge', '-j', 'fdb', 'show')) || '[]') as unknown[];
  return [
    ['nft chains and sets', count('chain', 'set', 'map')],
    ['nft rules', count('rule')],
    ['nft elements', elements],
    ['routes', routes],
    ['rules', (await list('rule', 'show')) + (await list('-6', 'rule', 'show'))],
    ['links', await list('link', 'show')],
    ['FDB entries', fdb.length],
    ['neighbours', await list('neigh', 'show')],
    ['flows', Number(await run('cat', '/proc/sys/net/netfilter/nf_conntrack_count'))],
  ];
}
