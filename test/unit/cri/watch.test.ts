import { describe, expect, it } from 'vitest';
import type { ListedSandbox, SandboxEvent, SandboxStatus } from '../../../src/cri/messages.ts';
import { RpcError } from '../../../src/cri/rpc.ts';
import type { Runtime } from '../../../src/cri/runtime.ts';
import { watchSandboxes } from '../../../src/cri/watch.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** A runtime that does what a test says; `break` ends the connection. */
function createFakeRuntime(version = 'v2.0.0') {
  const sandboxes = new Map<string, SandboxStatus>();
  const asked = { lists: 0, status: 0, connections: 0, subscriptions: 0 };
  let isUp = true;
  const held = { list: Promise.resolve(), status: Promise.resolve() };
  let hung: string | undefined;
  let tell: (event: SandboxEvent) => void = () => {};
  let endStream = () => {};
  let close = (_words: string) => {};
  const answer = async <T>(value: () => T): Promise<T> => {
    if (!isUp) throw new Error('refused');
    return value();
  };
  const connect = (): Runtime => {
    asked.connections += 1;
    return {
      closed: new Promise((resolve) => {
        close = resolve;
      }),
      version: () => answer(() => ({ name: 'containerd', version })),
      list: async () => {
        asked.lists += 1;
        await held.list;
        return await answer((): ListedSandbox[] => [...sandboxes.values()]);
      },
      status: async (id) => {
        asked.status += 1;
        await held.status;
        if (id === hung) throw new RpcError('late', 'no answer');
        return await answer(() => sandboxes.get(id));
      },
      follow: (onEvent) => {
        asked.subscriptions += 1;
        tell = onEvent;
        return new Promise((resolve) => {
          endStream = resolve;
        });
      },
    };
  };
  return {
    ...{ connect, sandboxes, asked },
    add: (id: string, uid: string, ...addresses: string[]) =>
      sandboxes.set(id, { id, uid, ready: true, addresses, links: [] }),
    tell: (event: SandboxEvent) => tell(event),
    endStream: () => endStream(),
    /** No such question is answered until the function that it returns is called. */
    hold: (question: 'list' | 'status') => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held[question] = promise;
      return resolve;
    },
    hang: (id: string) => {
      hung = id;
    },
    setUp: (up: boolean) => {
      isUp = up;
      if (!up) close('gone');
    },
  };
}

function start(runtime: ReturnType<typeof createFakeRuntime>) {
  const clock = createFakeClock();
  const over = new AbortController();
  const sources: string[] = [];
  let changes = 0;
  const watch = watchSandboxes({
    ...{ connect: runtime.connect, clock, random: () => 0.5, signal: over.signal },
    onChange: () => {
      changes += 1;
    },
    onSource: (source, words) => sources.push(`${source}: ${words}`),
  });
  return { clock, over, sources, watch, changes: () => changes, shown: () => [...watch.addresses()] };
}

describe('the watch of sandboxes', () => {
  it('lists, then follows events without asking for lists', async () => {
    const runtime = createFakeRuntime();
    runtime.add('a', 'u', '10.0.0.2');
    const { clock, over, watch, shown, sources } = start(runtime);
    await clock.advance(2_000);
    expect(sources).toEqual(['events: containerd v2.0.0']);
    expect(shown()).toEqual([['u', ['10.0.0.2']]]);
    const { lists } = runtime.asked;
    runtime.add('b', 'v', '10.0.0.3');
    runtime.tell({ id: 'b', isOver: false });
    await clock.advance(0);
    expect(shown()).toHaveLength(2);
    runtime.tell({ id: 'a', isOver: true });
    expect(shown()).toEqual([['v', ['10.0.0.3']]]);
    expect(runtime.asked.lists).toBe(lists);
    over.abort();
    await watch.done;
  });

  it('asks each of two that are ready with one address once, and goes on', async () => {
    const runtime = createFakeRuntime();
    runtime.add('a', 'u', '10.0.0.2');
    runtime.add('b', 'v', '10.0.0.2');
    const { clock, over, watch, shown, sources } = start(runtime);
    await clock.advance(60_000);
    expect(sources).toEqual(['events: containerd v2.0.0']);
    expect(shown().toSorted()).toEqual([
      ['u', ['10.0.0.2']],
      ['v', ['10.0.0.2']],
    ]);
    expect(runtime.asked.status).toBeLessThan(10);
    over.abort();
    await watch.done;
  });

  it('takes a list for complete only when every sandbox of it has answered', async () => {
    const runtime = createFakeRuntime();
    runtime.add('a', 'u', '10.0.0.2');
    const { clock, over, watch, shown } = start(runtime);
    await clock.advance(2_000);
    runtime.setUp(false);
    await clock.advance(10);
    runtime.setUp(true);
    const [list, status] = [runtime.hold('list'), runtime.hold('status')];
    const seen = shown();
    await clock.advance(200);
    runtime.tell({ id: 'a', isOver: false });
    list();
    await clock.advance(100);
    expect([watch.source(), shown()]).toEqual(['lost', seen]);
    status();
    await clock.advance(100);
    expect([watch.source(), shown()]).toEqual(['events', seen]);
    over.abort();
    await watch.done;
  });

  it('does without the one sandbox whose status cannot be read', async () => {
    const runtime = createFakeRuntime();
    runtime.add('a', 'u', '10.0.0.2');
    runtime.add('hung', 'v', '10.0.0.3');
    runtime.hang('hung');
    const { clock, over, watch, shown, sources } = start(runtime);
    await clock.advance(60_000);
    expect([sources, shown()]).toEqual([['events: containerd v2.0.0'], [['u', ['10.0.0.2']]]]);
    expect(runtime.asked.connections).toBe(1);
    over.abort();
    await watch.done;
  });

  it('does not take a late event for the truth', async () => {
    const runtime = createFakeRuntime();
    const { clock, over, watch, shown } = start(runtime);
    await clock.advance(2_000);
    runtime.tell({ id: 'long-gone', isOver: false });
    await clock.advance(0);
    expect(runtime.asked.status).toBe(1);
    expect(shown()).toEqual([]);
    over.abort();
    await watch.done;
  });

  it('asks again and again where there are no events, at once when a link changes', async () => {
    const runtime = createFakeRuntime('1.6.20~ds1');
    const { clock, over, watch, shown, sources } = start(runtime);
    await clock.advance(100);
    expect(sources).toEqual(['listing: containerd 1.6.20~ds1']);
    expect(runtime.asked.subscriptions).toBe(0);
    runtime.add('a', 'u', '10.0.0.2');
    await clock.advance(1_000);
    expect(shown()).toHaveLength(1);
    runtime.sandboxes.clear();
    watch.linkChanged();
    await clock.advance(20);
    expect(shown()).toEqual([]);
    over.abort();
    await watch.done;
  });

  it('asks instead while the stream of events is broken, and subscribes again', async () => {
    const runtime = createFakeRuntime();
    const { clock, over, watch, sources } = start(runtime);
    await clock.advance(2_000);
    runtime.endStream();
    await clock.advance(1_000);
    expect(watch.source()).toBe('listing');
    await clock.advance(30_000);
    expect(watch.source()).toBe('events');
    expect(sources).toHaveLength(3);
    expect(runtime.asked.connections).toBe(1);
    over.abort();
    await watch.done;
  });

  it('keeps what it knew while the runtime is away, says so, and lists when it is back', async () => {
    const runtime = createFakeRuntime();
    runtime.add('a', 'u', '10.0.0.2');
    runtime.add('b', 'v', '10.0.0.3');
    const { clock, over, watch, shown, sources } = start(runtime);
    await clock.advance(2_000);
    runtime.setUp(false);
    await clock.advance(60_000);
    expect(watch.source()).toBe('lost');
    expect(shown()).toHaveLength(2);
    expect(sources.slice(1)).toEqual(['lost: gone']);
    const { connections } = runtime.asked;
    expect(connections).toBeLessThan(25);
    runtime.sandboxes.delete('a');
    runtime.setUp(true);
    await clock.advance(10_000);
    expect([watch.source(), shown()]).toEqual(['events', [['v', ['10.0.0.3']]]]);
    over.abort();
    await watch.done;
  });

  it('is waited for three attempts long at the start', async () => {
    const runtime = createFakeRuntime();
    runtime.setUp(false);
    const { clock, over, watch, changes, sources } = start(runtime);
    await clock.advance(0);
    expect(watch.isSettled()).toBe(false);
    await clock.advance(1_000);
    expect([watch.isSettled(), watch.source(), changes()]).toEqual([true, 'never', 1]);
    expect(sources).toEqual(['never: refused']);
    over.abort();
    await watch.done;
  });
});
