import { describe, expect, test } from 'vitest';
import { followPacket, type NodeTracer, type NodeTracing } from '../../../src/trace/follow-packet.ts';
import { parseTraceLine } from '../../../src/trace/parse-line.ts';
import type { TracePlan } from '../../../src/trace/plan.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { captured } from '../../support/trace/captured.ts';

const flow = { destination: '198.51.100.10', protocol: 'TCP', port: 443 } as const;
const plan: TracePlan = {
  ...{ node: 'node-1', owner: 'node-2' },
  flows: new Map([
    ['node-1', [{ hop: 'pod', source: '10.244.1.3', ...flow }]],
    ['node-2', [{ hop: 'gateway', source: '198.18.32.1', ...flow }]],
  ]),
};

/** Nodes that say what they are told to, and stop when they shall. */
function startWorld(timeoutMs = 10_000) {
  const nodes = new Map<string, NodeTracing & { fail(error: Error): void }>();
  const stopped: string[] = [];
  const tracer: NodeTracer = {
    trace: (node, _flows, options) =>
      new Promise((resolve, reject) => {
        nodes.set(node, { ...options, fail: reject });
        const stop = () => {
          stopped.push(node);
          resolve();
        };
        options.signal.addEventListener('abort', stop, { once: true });
      }),
  };
  const clock = createFakeClock();
  const stop = new AbortController();
  let ready = 0;
  const result = followPacket({ tracer, clock, plan, timeoutMs, signal: stop.signal, onReady: () => ready++ });
  result.catch(() => {});
  const play = (node: string, name: string) => {
    for (const line of captured(name)) {
      const event = parseTraceLine(line);
      if (event !== undefined) nodes.get(node)?.onEvent(event);
    }
  };
  const begin = () => {
    for (const { onReady } of nodes.values()) onReady();
  };
  return { result, nodes, stopped, clock, stop, play, begin, ready: () => ready };
}

describe('a packet', () => {
  test('that both saw ends the wait, and both nodes stop', async () => {
    const world = startWorld();
    world.nodes.get('node-1')?.onReady();
    expect(world.ready()).toBe(0);
    world.nodes.get('node-2')?.onReady();
    expect(world.ready()).toBe(1);
    await world.clock.advance(2_000);
    world.play('node-1', 'far');
    world.play('node-2', 'owner');
    await world.clock.advance(1_000);
    expect(await world.result).toMatchObject({ isSame: true, gateway: { ending: { source: '192.0.2.100' } } });
    expect(world.stopped).toEqual(['node-1', 'node-2']);
    expect(world.clock.sleeping()).toBe(0);
  });

  test('that the Pod’s node dropped needs no other node', async () => {
    const world = startWorld();
    world.begin();
    await world.clock.advance(200);
    world.play('node-1', 'refused');
    await world.clock.advance(1_000);
    expect(await world.result).toMatchObject({ pod: { ending: { kind: 'dropped' } } });
  });

  test('that went into the tunnel is waited for a while, then it did not come out', async () => {
    const world = startWorld();
    world.begin();
    await world.clock.advance(200);
    world.play('node-1', 'far');
    await world.clock.advance(2_500);
    expect(world.stopped).toEqual([]);
    await world.clock.advance(2_000);
    const pair = await world.result;
    expect(pair?.pod.ending).toMatchObject({ kind: 'left', device: 'egress0' });
    expect(pair?.gateway).toBeUndefined();
  });

  test('that does not come: nothing, when the time is up', async () => {
    const world = startWorld(5_000);
    world.begin();
    await world.clock.advance(4_900);
    expect(world.stopped).toEqual([]);
    await world.clock.advance(500);
    expect(await world.result).toBeUndefined();
    expect(world.stopped).toEqual(['node-1', 'node-2']);
  });
});

describe('what ends it otherwise', () => {
  test('a node that may not be asked: the other stops, nobody sleeps on', async () => {
    const world = startWorld();
    world.nodes.get('node-1')?.fail(new Error('you may not'));
    await expect(world.result).rejects.toThrow('you may not');
    expect(world.stopped).toContain('node-2');
    expect(world.clock.sleeping()).toBe(0);
  });

  test('a node that does not begin', async () => {
    const world = startWorld();
    world.nodes.get('node-1')?.onReady();
    await world.clock.advance(31_000);
    await expect(world.result).rejects.toThrow('node-2 did not begin to look for packets within 30 s');
  });

  test('Ctrl-C', async () => {
    const world = startWorld();
    world.begin();
    await world.clock.advance(200);
    world.stop.abort(new Error('received SIGINT'));
    await expect(world.result).rejects.toThrow('received SIGINT');
    expect([world.stopped, world.clock.sleeping()]).toEqual([['node-1', 'node-2'], 0]);
  });
});
