import { describe, expect, test } from 'vitest';
import { openAddressDesk } from '../../../../conformance/lib/addresses.ts';
import { check, Skip } from '../../../../conformance/lib/failure.ts';
import { runSuite } from '../../../../conformance/lib/run-suite.ts';
import { type Run, runLabel } from '../../../../conformance/lib/scope.ts';
import type { ConformanceTest } from '../../../../conformance/lib/test.ts';
import { defaultTimeouts } from '../../../../conformance/lib/timeouts.ts';
import { ApiRefusal, type KubeObject, type World } from '../../../../conformance/lib/world.ts';

/** An API server that keeps a diary and refuses to delete what is called `stuck`. */
function openRun(more: Partial<World> = {}) {
  const diary: string[] = [];
  let count = 0;
  const world: World = {
    api: {
      create: async (object: KubeObject) => {
        diary.push(`create ${object.metadata.name} ${object.metadata.labels?.[runLabel]}`);
        return object;
      },
      delete: async ({ name }) => {
        if (name === 'stuck') throw new ApiRefusal(403, 'no');
        diary.push(`delete ${name}`);
      },
      get: async () => undefined,
      list: async () => [],
      patch: () => Promise.reject(new Error('unused')),
      patchStatus: () => Promise.reject(new Error('unused')),
    },
    clock: { now: () => 0, sleep: async () => {} },
    gatewayClass: 'egress',
    controllerName: 'example.com/c',
    podContainer: { name: 'c', image: 'i' },
    addresses: { usable: [], unusable: '203.0.113.254' },
    ...more,
  };
  const run: Run = {
    world,
    timeouts: defaultTimeouts,
    features: new Set(['Gateway']),
    id: 'abc',
    addresses: openAddressDesk(world.addresses.usable),
    next: () => ++count,
  };
  return { run, diary };
}

const object = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const testNamed = (
  name: string,
  body: ConformanceTest['run'],
  more: Partial<ConformanceTest> = {},
): ConformanceTest => ({
  name,
  description: 'Does.',
  features: ['Gateway'],
  run: body,
  ...more,
});
const options = { parallel: 2, signal: new AbortController().signal };

describe('runSuite', () => {
  test('removes what a test made, latest first, also when it failed', async () => {
    const { run, diary } = openRun();
    const results = await runSuite(
      run,
      [
        testNamed('Fails', async (scope) => {
          for (const name of ['first', 'stuck', 'last']) await scope.create(object(name));
          check(false, { expected: 'this', seen: 'that', where: 'there' });
        }),
      ],
      options,
    );
    expect(diary).toEqual(['create first abc', 'create stuck abc', 'create last abc', 'delete last', 'delete first']);
    expect(results).toMatchObject([
      { outcome: { kind: 'failed', message: 'expected: this\nseen:     that\nwhere:    there' } },
    ]);
    expect(results[0]?.leftover).toEqual(['Namespace stuck: no']);
  });

  test('skips what lacks packets, faults or addresses, and what says so itself', async () => {
    const { run } = openRun();
    const never = () => Promise.reject(new Error('it ran'));
    const results = await runSuite(
      run,
      [
        testNamed('Traffic', never, { needs: ['traffic'] }),
        testNamed('Faults', never, { needs: ['faults'] }),
        testNamed('Addresses', never, { needs: ['addresses'] }),
        testNamed('Itself', () => Promise.reject(new Skip('too few nodes'))),
      ],
      { ...options, parallel: 1 },
    );
    expect(results.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'skipped', reason: expect.stringContaining('--outside-address') },
      { kind: 'skipped', reason: expect.stringContaining('--fault-command') },
      { kind: 'skipped', reason: expect.stringContaining('--usable-address') },
      { kind: 'skipped', reason: 'too few nodes' },
    ]);
  });

  test('runs as many at a time as it may, and those that must be alone afterwards', async () => {
    const { run } = openRun();
    let now = 0;
    const seen: string[] = [];
    const body = (name: string) => async () => {
      now += 1;
      seen.push(`${name} ${now}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
    };
    const tests = ['A', 'B', 'C', 'D'].map((name) => testNamed(name, body(name), name === 'A' ? { alone: true } : {}));
    await runSuite(run, tests, options);
    expect(seen).toEqual(['B 1', 'C 2', 'D 2', 'A 1']);
  });

  test('starts nothing after an interruption, cleans up, and has no result for what was cut short', async () => {
    const controller = new AbortController();
    const { run, diary } = openRun({
      clock: { now: () => 0, sleep: () => Promise.reject(new Error('interrupted')) },
    });
    const results = await runSuite(
      run,
      [
        testNamed('Short', async (scope) => {
          await scope.create(object('mine'));
          controller.abort();
          await scope.world.clock.sleep(1);
        }),
        testNamed('Never', () => Promise.reject(new Error('it ran'))),
      ],
      { parallel: 1, signal: controller.signal },
    );
    expect(results).toEqual([]);
    expect(diary).toEqual(['create mine abc', 'delete mine']);
  });
});

describe('openAddressDesk', () => {
  test('gives no address to two at a time, and serves whoever came first', async () => {
    const desk = openAddressDesk(['a', 'b']);
    expect(await desk.take(1)).toEqual(['a']);
    const order: string[] = [];
    const two = desk.take(2).then((addresses) => order.push(`two ${addresses.join()}`));
    const one = desk.take(1).then((addresses) => order.push(`one ${addresses.join()}`));
    desk.giveBack(['a']);
    await two;
    desk.giveBack(['b', 'a']);
    await one;
    expect(order).toEqual(['two b,a', 'one b']);
  });

  test('refuses what it can never give', () => {
    expect(() => openAddressDesk(['a']).take(2)).toThrow(/needs 2 usable addresses and the run has 1/);
  });
});
