import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createConverger } from '../../../src/agent/converge.ts';
import type { Kernel } from '../../../src/agent/kernel.ts';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { type DataplaneCase, viewOf } from '../../support/dataplane-case.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';

const meta = { name: 'default', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const base: DataplaneCase = {
  cluster: { metadata: meta, spec: {}, status: { clusterRanges: [] } },
  node: 'node-1',
  nodes: [{ name: 'node-1', index: 1, addresses: ['192.0.2.11'] }],
  namespaces: [{ name: 'shop' }],
  pods: [{ name: 'a', ip: '10.244.1.2' }],
};
const links = (mtu: number, flags: readonly string[]) =>
  JSON.stringify([{ ifname: 'eth0', mtu, flags, addr_info: [{ local: '192.0.2.11' }] }]);
const quiet = () => {};

let runDir: string;
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'converge-'));
  await mkdir(join(runDir, 'failover'));
});
afterEach(() => rm(runDir, { recursive: true }));

function start(apply: Kernel['apply'], guard: Kernel['guard'] = async () => {}) {
  let mtu = 1500;
  let flags = ['UP', 'LOWER_UP'];
  const forgotten: string[] = [];
  let listed = 0;
  const metrics = createMetrics();
  const runner = createFakeRunner(({ args }) => ({
    stdout: args.includes('rule') || args.includes('route') ? '[]' : links(mtu, flags),
  }));
  const kernel: Kernel = {
    apply,
    guard,
    checkSysctls: async () => false,
    hasBridge: () => true,
    forget: (part) => void forgotten.push(part),
  };
  const converger = createConverger({
    kernel,
    runner,
    runDir,
    conntrack: {
      list: async () => {
        listed += 1;
        return [];
      },
      remove: async () => 0,
    },
    retire: async () => {},
    allowMarkOverlap: false,
    metrics: registerMetrics(metrics),
    clock: systemClock,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const setMtu = (value: number) => {
    mtu = value;
    converger.invalidate('addresses');
  };
  const setUp = (isUp: boolean) => {
    flags = isUp ? ['UP', 'LOWER_UP'] : [];
    converger.invalidate('addresses');
  };
  return { converger, runner, setMtu, setUp, forgotten, metrics, listed: () => listed };
}

describe('the converger', () => {
  test('does and spawns nothing while neither plan nor node change', async () => {
    let applied = 0;
    const { converger, runner } = start(async () => {
      applied += 1;
      return [];
    });
    await converger.converge(viewOf(base));
    const spawned = runner.calls.length;
    await converger.converge(viewOf(base));
    expect([applied, runner.calls.length]).toEqual([1, spawned]);
    await converger.converge(viewOf({ ...base, pods: [] }));
    expect(applied).toBe(2);
  });

  test('looks again after a change that came while it applied', async () => {
    let applied = 0;
    const { converger } = start(async () => {
      applied += 1;
      if (applied === 1) converger.invalidate('nft');
      return [];
    });
    await converger.converge(viewOf(base));
    await converger.converge(viewOf(base));
    expect(applied).toBe(2);
  });

  test('programs anew when the link that carries the tunnel changes', async () => {
    const mtus: number[] = [];
    const { converger, setMtu } = start(async (_plan, underlay) => {
      mtus.push(underlay.mtu);
      return [];
    });
    await converger.converge(viewOf(base));
    setMtu(1400);
    await converger.converge(viewOf(base));
    expect(mtus).toEqual([1500, 1400]);
  });

  test('programs anew and knows no routes any more when that link goes down', async () => {
    const ups: boolean[] = [];
    const { converger, setUp, setMtu, forgotten } = start(async (_plan, underlay) => {
      ups.push(underlay.isUp);
      return [];
    });
    await converger.converge(viewOf(base));
    expect([converger.isNetwork('eth0'), converger.isNetwork('veth1')]).toEqual([true, false]);
    forgotten.length = 0;
    setMtu(1400);
    await converger.converge(viewOf(base));
    expect(forgotten).toEqual([]);
    setUp(false);
    await converger.converge(viewOf(base));
    expect(forgotten).toEqual(['routes']);
    setUp(true);
    await converger.converge(viewOf(base));
    expect([ups, forgotten]).toEqual([
      [true, true, false, true],
      ['routes', 'routes'],
    ]);
  });

  test('a failure is an outcome, tried again with the same plan', async () => {
    let applied = 0;
    const { converger } = start(async () => {
      applied += 1;
      if (applied === 1) throw new Error('nft: refused');
      return [];
    });
    expect((await converger.converge(viewOf(base))).outcome).toEqual({ kind: 'failed', message: 'nft: refused' });
    expect((await converger.converge(viewOf(base))).outcome).toEqual({ kind: 'applied' });
  });

  test('names the next hops of a candidate, reads them again only when routes changed, and stands by for nothing behind a dead one', async () => {
    const { converger, runner } = start(async () => []);
    let gateway = '192.0.2.1';
    runner.on(({ args }) =>
      args.includes('route') ? { stdout: JSON.stringify([{ dst: 'default', dev: 'eth0', gateway }]) } : undefined,
    );
    const file = (name: string) => join(runDir, 'failover', name);
    // Those of a device are looked up by routers.ts.
    const routes = () => runner.calls.filter(({ args }) => args.includes('route') && !args.includes('dev')).length;
    const candidate = viewOf({
      ...base,
      placements: [{ uid: 'gw', id: 513, ipv4: '192.0.2.100', candidates: ['node-1'] }],
    });
    const role = async () => (await converger.converge(candidate)).input.roles.get(1);
    await writeFile(file('state'), 'running\n');
    expect(await role()).toBe('Standby');
    expect(await readFile(file('next-hops.json'), 'utf8')).toBe(
      '[{"name":"eth0","device":"eth0","address":"192.0.2.1"}]\n',
    );
    gateway = '192.0.2.254';
    await writeFile(file('state'), 'running\ndead eth0\n');
    expect(await role()).toBe('Fault');
    expect(routes()).toBe(1);
    converger.invalidate('next-hops');
    await writeFile(file('state'), 'running\ndead eth1\n');
    expect(await role()).toBe('Standby');
    expect(await readFile(file('next-hops.json'), 'utf8')).toContain('192.0.2.254');
    expect(routes()).toBe(2);
    await converger.converge(viewOf(base));
    await expect(readFile(file('next-hops.json'))).rejects.toThrow('ENOENT');
  });

  test('a node without the family in which nodes tunnel guards, and says what to do', async () => {
    const guarded: string[] = [];
    const { converger } = start(
      async () => expect.fail('nothing can be tunnelled'),
      async (plan) => void guarded.push(plan.node.name),
    );
    const cluster = { ...base.cluster, spec: { tunnel: { family: 'IPv6' as const } } };
    const placements = [{ uid: 'gw', id: 513, ipv6: '2001:db8:2::100', candidates: [] }];
    const { outcome } = await converger.converge(viewOf({ ...base, cluster, placements }));
    expect(guarded).toEqual(['node-1']);
    expect(outcome).toMatchObject({ kind: 'failed', message: expect.stringContaining('has no IPv6 InternalIP') });
  });

  test('guards once, and programs everything again when it can', async () => {
    const done: string[] = [];
    const { converger, forgotten } = start(
      async () => {
        done.push('apply');
        return [];
      },
      async () => void done.push('guard'),
    );
    const cluster = { ...base.cluster, spec: { tunnel: { family: 'IPv6' as const } } };
    const placements = [{ uid: 'gw', id: 513, ipv6: '2001:db8:2::100', candidates: [] }];
    const without = viewOf({ ...base, cluster, placements });
    await converger.converge(viewOf(base));
    forgotten.length = 0;
    for (let round = 0; round < 3; round++) await converger.converge(without);
    expect(done).toEqual(['apply', 'guard']);
    converger.invalidate('nft');
    await converger.converge(without);
    await converger.converge(viewOf(base));
    expect(done).toEqual(['apply', 'guard', 'guard', 'apply']);
    expect(forgotten).toContain('routes');
  });

  test('asks conntrack after a round that failed, though nothing else changed since the last that did not', async () => {
    let fails = false;
    const { converger, listed } = start(async () => {
      if (fails) throw new Error('no route');
      return [];
    });
    await converger.converge(viewOf(base));
    await converger.converge(viewOf({ ...base, pods: [] }));
    expect(listed()).toBe(1);
    fails = true;
    expect((await converger.converge(viewOf(base))).outcome.kind).toBe('failed');
    fails = false;
    await converger.converge(viewOf(base));
    expect(listed()).toBe(2);
  });

  test('counts what the failover process put right, also when that begins anew', async () => {
    const { converger, metrics } = start(async () => []);
    const candidate = viewOf({
      ...base,
      placements: [{ uid: 'gw', id: 513, ipv4: '192.0.2.100', candidates: ['node-1'] }],
    });
    for (const [text, total] of [
      ['running\n', 0],
      ['running\ncorrected 2\n', 2],
      ['running\ncorrected 3\n', 3],
      ['running\n', 3],
      ['running\ncorrected 1\n', 4],
    ] as const) {
      await writeFile(join(runDir, 'failover', 'state'), text);
      await converger.converge(candidate);
      expect((await metrics.expose()).text.split('\n')).toContain(`sallyport_failover_corrections_total ${total}`);
    }
  });
});
