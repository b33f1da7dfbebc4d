import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeShells } from '../../../src/agent/node-shells.ts';
import { failoverFiles } from '../../../src/dataplane/vrrp/files.ts';
import type { Runner } from '../../../src/platform/exec.ts';
import { createFakeConntrack } from '../../support/fake-conntrack.ts';
import { createFakeNft } from '../../support/fake-nft.ts';
import { createFakeRouting } from '../../support/fake-routing.ts';
import { createFakeRunner, type FakeCall, type FakeReply } from '../../support/fake-runner.ts';
import { runFailover, type Segment } from './failover.ts';

/** A node without a kernel: what its agent programs is kept in memory, by the fakes of the tests. */
export interface HollowNode {
  readonly runner: Runner;
  readonly shells: NodeShells;
  readonly runDir: string;
  /** Pods in its kernel. */
  pods(): number;
  /** Transactions and batches that its kernel took. */
  changes(): number;
  /** From now on the kernel is looked at for this text: whether some transaction since had it. */
  expect(text: string): void;
  isAsExpected(): boolean;
}

export interface HollowOptions {
  readonly name: string;
  readonly address: string;
  /** Folder of its own. */
  readonly dir: string;
  readonly segment: Segment;
  readonly signal: AbortSignal;
}

const ignored = { read: async () => new Map(), apply: async () => false, applyPresent: async () => false };

/** Makes one, with a failover process that does what keepalived would: the owner of a group is whoever of its candidates is there. */
export async function createHollowNode({ name, address, dir, segment, signal }: HollowOptions): Promise<HollowNode> {
  const files = failoverFiles(dir);
  await mkdir(files.folder, { recursive: true });
  let held: readonly string[] = [];
  const show = (): string =>
    JSON.stringify([
      {
        ...{ ifname: 'eth0', mtu: 1500, flags: ['UP', 'LOWER_UP'], operstate: 'UP', address: macOf(address) },
        addr_info: [
          { family: 'inet', local: address, prefixlen: 16 },
          ...held.map((local) => ({ family: local.includes(':') ? 'inet6' : 'inet', local, prefixlen: 32 })),
        ],
      },
    ]);
  const runner = createFakeRunner((call) => answer(call, show));
  const nft = createFakeNft({ remembers: false });
  const routing = createFakeRouting({ remembers: false });
  const asked = { listen: async () => {}, ask: async () => new Map<string, readonly string[]>() };
  let pods = 0;
  let changes = 0;
  let expected: string | undefined;
  const failover = runFailover({
    ...{ name, segment, signal, stateFile: files.state },
    readConfig: () => readFile(files.keepalived, 'utf8').catch(() => ''),
    onAddresses: (addresses) => {
      held = addresses;
      const watching = runner.streams.filter(({ call }) => call.args.join(' ') === 'monitor link address route');
      for (const stream of watching) stream.line(`2: eth0    inet ${address}/16 scope global eth0`);
    },
  });
  failover.catch((error: unknown) => process.stderr.write(`${name}: its failover process: ${String(error)}\n`));
  return {
    runner,
    runDir: dir,
    shells: {
      nft: {
        ...nft,
        commit: async (transaction) => {
          await nft.commit(transaction);
          changes += 1;
          pods = podsAfter(pods, transaction.text);
          if (expected !== undefined && transaction.text.includes(expected)) expected = undefined;
        },
      },
      routing: {
        ...routing,
        apply: async (batches) => {
          changes += 1;
          return await routing.apply(batches);
        },
      },
      sysctls: ignored,
      conntrack: createFakeConntrack([]),
      neighbours: { asking: asked, claiming: asked },
    },
    // The self-probe is one more (`desired/probe.ts`).
    pods: () => Math.max(0, pods - 1),
    changes: () => changes,
    expect: (text) => {
      expected = text;
    },
    isAsExpected: () => expected === undefined,
  };
}

/** Pure: how many IPv4 Pods a kernel holds that held `before`, by a transaction's text. */
export function podsAfter(before: number, text: string): number {
  let pods = before;
  for (const line of text.split('\n')) {
    const [verb, what, family, , name] = line.split(' ', 5);
    if (family !== 'inet' || name !== 'pods4') continue;
    if (what === 'map') pods = 0;
    else if (what === 'element') pods += (verb === 'add' ? 1 : -1) * line.split(',').length;
  }
  return pods;
}

function answer({ method, command, args }: FakeCall, show: () => string): FakeReply | undefined {
  if (method === 'lines') return 'hang';
  if (command !== 'ip') return { stdout: '' };
  const text = args.join(' ');
  if (text === '-j addr show') return { stdout: show() };
  return { stdout: args.includes('-j') ? '[]' : '' };
}

function macOf(address: string): string {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return ['02', '00', ...bytes].join(':');
}

/** Where the folders of hollow nodes are, below that of the run. */
export function nodeDir(dir: string, name: string): string {
  return join(dir, 'nodes', name);
}
