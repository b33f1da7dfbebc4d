import { measured, type TestLab } from './lab.ts';

/** What kernels of nodes have counted, by "NODE WHAT": nftables' named counters, conntrack's and IP's words for what they gave up. */
export type KernelCounts = ReadonlyMap<string, number>;

const conntrackColumns = new Set(['insert_failed', 'drop', 'early_drop', 'invalid', 'clash_resolve', 'chaintoolong']);
const ipWords = /Discards|NoRoutes|AddrErrors|Errors|NoPorts/;

/** Reads them all; costs three processes per node. */
export async function readKernelCounts(lab: TestLab, nodes: readonly string[]): Promise<KernelCounts> {
  const all = await Promise.all(nodes.map((node) => countsOf(lab, node)));
  return new Map(all.flat());
}

/** Prints what has grown since: where a packet that is missing may have ended. */
export function tellGrowth(before: KernelCounts, after: KernelCounts): void {
  const grown = [...after].filter(([name, value]) => value > (before.get(name) ?? 0));
  for (const [name, value] of grown) measured(`${name}: +${value - (before.get(name) ?? 0)}`);
}

async function countsOf(lab: TestLab, node: string): Promise<[string, number][]> {
  const on = async (...command: string[]) => (await lab.run(['lab', 'node', node, '--', ...command])).stdout;
  const counters = await on('nft', '-j', 'list', 'counters');
  const conntrack = await on('cat', '/proc/net/stat/nf_conntrack');
  const ip = await on('cat', '/proc/net/snmp6');
  return [...readCounters(counters), ...readConntrack(conntrack), ...readIp(ip)].map(([name, value]) => [
    `${node} ${name}`,
    value,
  ]);
}

interface Ruleset {
  readonly nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[];
}

function readCounters(text: string): readonly [string, number][] {
  return (JSON.parse(text) as Ruleset).nftables.flatMap(({ counter }): [string, number][] =>
    counter === undefined ? [] : [[`nft ${counter.name}`, counter.packets]],
  );
}

// A head, then a line of hexadecimal numbers per CPU.
function readConntrack(text: string): readonly [string, number][] {
  const [head = '', ...lines] = text.trim().split('\n');
  return head
    .trim()
    .split(/\s+/)
    .flatMap((name, column): [string, number][] => {
      if (!conntrackColumns.has(name)) return [];
      const sum = lines.reduce(
        (total, line) => total + Number.parseInt(line.trim().split(/\s+/)[column] ?? '0', 16),
        0,
      );
      return [[`conntrack ${name}`, sum]];
    });
}

function readIp(text: string): readonly [string, number][] {
  return text.split('\n').flatMap((line): [string, number][] => {
    const [name = '', value = ''] = line.trim().split(/\s+/);
    return ipWords.test(name) ? [[name, Number(value)]] : [];
  });
}
