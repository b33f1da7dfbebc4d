import { describe, expect, test } from 'vitest';
import { type Question, questionsOf, startAsking } from '../../../src/agent/ask-answers.ts';
import type { Role } from '../../../src/agent/report.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

const [a, b] = ['192.0.2.100', '192.0.2.101'];
const [owner, thief] = ['02:00:00:00:00:01', '02:00:00:00:00:99'];
const question: Question = { group: 1, device: 'eth0', addresses: [a, b], candidates: ['node-1', 'node-2'] };

/** An asker on a link where `answers` decides who answers; `tick` lets it ask once more. */
function setUp(answers: (address: string) => readonly string[]) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const state = { answers, asked: 0, changes: 0 };
  const listening: (readonly string[])[] = [];
  const neighbours = {
    listen: async (devices: readonly string[]) => {
      listening.push(devices);
    },
    ask: async (_device: string, addresses: readonly string[]) => {
      state.asked += 1;
      return new Map(addresses.map((address) => [address, state.answers(address)]));
    },
  };
  const onChange = () => {
    state.changes += 1;
  };
  const asker = startAsking({ neighbours, clock, log: silentLog, signal: stop.signal, onChange });
  const wait = async (ms: number) => {
    for (let n = 0; n < 5; n++) await Promise.resolve();
    await clock.advance(ms);
    for (let n = 0; n < 20; n++) await Promise.resolve();
  };
  return { asker, state, listening, wait, stop };
}

describe('who answers', () => {
  test('one for all: a single word, at once, and a question every ten seconds', async () => {
    const { asker, state, wait } = setUp(() => [owner]);
    asker.want([question]);
    await wait(1_000);
    expect(asker.heard().get(1)).toEqual({ answeredBy: owner, others: [] });
    expect(state).toMatchObject({ asked: 1, changes: 1 });
    await wait(8_999);
    expect(state.asked).toBe(1);
    await wait(1);
    expect(state).toMatchObject({ asked: 2, changes: 1 });
  });

  test('somebody else, too: said at once, and no longer when he was not heard three times', async () => {
    const { asker, state, wait } = setUp((address) => (address === a ? [owner, thief] : [owner]));
    asker.want([question]);
    await wait(1_000);
    const stolen = { answeredBy: owner, others: [{ address: a, macs: [owner, thief] }] };
    expect(asker.heard().get(1)).toEqual(stolen);
    state.answers = () => [owner];
    await wait(3_000);
    await wait(3_000);
    expect(asker.heard().get(1)).toEqual(stolen);
    await wait(3_000);
    expect(asker.heard().get(1)).toEqual({ answeredBy: owner, others: [] });
  });

  test('nobody: said after three questions', async () => {
    const { asker, wait } = setUp((address) => (address === a ? [] : [owner]));
    asker.want([question]);
    await wait(1_000);
    expect(asker.heard().get(1)).toEqual({ answeredBy: owner, others: [] });
    await wait(1_000);
    expect(asker.heard().get(1)).toEqual({ answeredBy: owner, others: [{ address: a, macs: [] }] });
  });

  test('what was heard among other candidates is forgotten', async () => {
    const { asker, state, wait } = setUp(() => [owner]);
    asker.want([question]);
    await wait(1_000);
    state.answers = () => ['02:00:00:00:00:03'];
    asker.want([{ ...question, candidates: ['node-2', 'node-3'] }]);
    expect(asker.heard().size).toBe(0);
    await wait(1_000);
    expect(asker.heard().get(1)).toEqual({ answeredBy: '02:00:00:00:00:03', others: [] });
  });

  test('one lost answer is none', async () => {
    const { asker, state, wait } = setUp(() => [owner]);
    asker.want([question]);
    await wait(1_000);
    state.answers = () => [];
    await wait(10_000);
    expect(asker.heard().get(1)).toEqual({ answeredBy: owner, others: [] });
    expect(state).toMatchObject({ asked: 2, changes: 1 });
  });

  test('who cannot ask says nothing, and tries again less and less often', async () => {
    const { asker, state, wait } = setUp(() => [owner]);
    asker.want([question]);
    await wait(1_000);
    state.answers = () => {
      throw new Error('no nft');
    };
    await wait(10_000);
    expect(asker.heard().size).toBe(0);
    const pauses: number[] = [];
    for (let second = 1, before = state.asked; second <= 34; second++, before = state.asked) {
      await wait(1_000);
      if (state.asked > before) pauses.push(second);
    }
    expect(pauses).toEqual([1, 5, 13, 23, 33]);
    state.answers = () => [owner];
    await wait(10_000);
    expect(asker.heard().get(1)).toEqual({ answeredBy: owner, others: [] });
  });

  test('it listens where it asks, and nowhere when nothing is asked or it ends', async () => {
    const { asker, listening, wait, stop } = setUp(() => [owner]);
    await wait(60_000);
    expect(listening.flat()).toEqual([]);
    asker.want([question, { group: 2, device: 'eth1', addresses: [a], candidates: [] }, { ...question, group: 3 }]);
    await wait(1_000);
    expect(listening.at(-1)).toEqual(['eth0', 'eth1']);
    asker.want([]);
    await wait(0);
    await wait(10_000);
    expect(listening.at(-1)).toEqual([]);
    asker.want([question]);
    await wait(1_000);
    expect(listening.at(-1)).toEqual(['eth0']);
    stop.abort();
    await asker.done;
    expect(listening.at(-1)).toEqual([]);
  });

  test('nothing is asked without a question', async () => {
    const { asker, state, wait } = setUp(() => [owner]);
    await wait(60_000);
    asker.want([question]);
    await wait(1_000);
    asker.want([]);
    await wait(60_000);
    expect(state.asked).toBe(1);
    expect(asker.heard().size).toBe(0);
  });
});

test('a node asks about the groups that it stands by for', () => {
  const vrrp = { virtualRouterId: 1, priority: 200, advertMilliseconds: 100, preempt: false, egressAddresses: [a] };
  const groups = [1, 2, 3, 4].map((group) => ({
    group,
    candidates: [{ node: 'node-2' }, { node: 'node-1' }],
    ...(group === 4 ? {} : { vrrp }),
  }));
  const roles = new Map<number, Role>([
    [1, 'Standby'],
    [2, 'Owner'],
    [3, 'Fault'],
  ]);
  const plan = { groups } as unknown as NodePlan;
  expect(questionsOf(plan, roles, () => 'eth0')).toEqual([
    { group: 1, device: 'eth0', addresses: [a], candidates: ['node-1', 'node-2'] },
  ]);
  expect(questionsOf(plan, roles, () => undefined)).toEqual([]);
  expect(questionsOf(plan, roles, () => 'a"; drop')).toEqual([]);
});
