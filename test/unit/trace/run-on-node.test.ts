import { describe, expect, test } from 'vitest';
import type { TraceEvent } from '../../../src/trace/model.ts';
import { traceOnNode } from '../../../src/trace/run-on-node.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRunner, type FakeReply } from '../../support/fake-runner.ts';

const flow = { hop: 'pod', source: '10.244.1.3', destination: '198.51.100.10', protocol: 'UDP' } as const;

function start(reply: FakeReply = 'hang') {
  const runner = createFakeRunner(() => reply);
  const clock = createFakeClock();
  const stop = new AbortController();
  const events: TraceEvent[] = [];
  let ready = 0;
  const result = traceOnNode({
    ...{ runner, clock, flows: [flow], signal: stop.signal },
    onReady: () => ready++,
    onEvent: (event) => events.push(event),
  });
  result.catch(() => {});
  const stream = (words: string) => {
    const found = runner.streams.find(({ call }) => call.args.join(' ') === words);
    if (found === undefined) throw new Error(`no nft ${words}`);
    return found;
  };
  return { result, runner, clock, stop, events, stream, ready: () => ready };
}

/** Until the monitor heard a mark, and the rules. */
async function begin(world: ReturnType<typeof start>) {
  await world.clock.advance(0);
  const table = /^add table (inet sallyport_trace_[0-9a-f]{8}) \{ flags owner; \}\n$/.exec(
    world.stream('-i').written[0] ?? '',
  )?.[1];
  await world.clock.advance(250);
  const marks = world.stream('-i').written.slice(1);
  world.stream('monitor').line(`add chain ${table} heard`);
  await world.clock.advance(1);
  const rules = world.stream('-i').written.slice(1 + marks.length);
  return { table, marks, rules: rules.join('') };
}

describe('a node', () => {
  test('makes a table that its process owns, marks until the monitor hears, then asks for packets', async () => {
    const world = start();
    const { table, marks, rules } = await begin(world);
    expect(marks).toEqual(Array(3).fill(`add chain ${table} heard\ndelete chain ${table} heard\n`));
    expect(rules).toContain(
      `add rule ${table} begin ip saddr 10.244.1.3 ip daddr 198.51.100.10 meta l4proto udp limit`,
    );
    world.stream('monitor').line(`add rule ${table} begin ip saddr 10.244.1.3`);
    expect(world.ready()).toBe(0);
    world.stream('monitor').line(`add rule ${table} late ip saddr 10.244.1.3`);
    expect(world.ready()).toBe(1);
    world.stream('monitor').line('trace id 1 inet a b policy accept ');
    expect(world.events).toHaveLength(1);
    world.stop.abort();
    await world.result;
    expect([world.runner.streams, world.clock.sleeping()]).toEqual([[], 0]);
  });

  test('on which nft refuses says what nft said', async () => {
    const world = start();
    await begin(world);
    world.stream('-i').line('Error: Could not process rule: Operation not permitted');
    await expect(world.result).rejects.toThrow('nft does not take what traces packets: Error: Could not process rule');
    expect([world.runner.streams, world.clock.sleeping()]).toEqual([[], 0]);
  });

  test('without a terminal database traces all the same', async () => {
    const world = start();
    const { table } = await begin(world);
    for (const line of ['Cannot read termcap database;', 'using dumb terminal settings.'])
      world.stream('-i').line(line);
    for (const chain of ['begin', 'late']) world.stream('monitor').line(`add rule ${table} ${chain} ip`);
    expect(world.ready()).toBe(1);
    world.stop.abort();
    await world.result;
  });

  test('whose monitor ends stops', async () => {
    const world = start();
    await begin(world);
    world.stream('monitor').end(1);
    await expect(world.result).rejects.toThrow('nft monitor ended');
    expect(world.runner.streams).toEqual([]);
  });

  test('without nft says so', async () => {
    await expect(start('missing').result).rejects.toMatchObject({ failure: 'not-found' });
  });

  test('whose monitor hears nothing gives up', async () => {
    const world = start();
    await world.clock.advance(21_000);
    await expect(world.result).rejects.toThrow('nft monitor told of nothing within 20 s');
  });
});
