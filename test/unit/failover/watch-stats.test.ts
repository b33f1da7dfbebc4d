import { expect, test, vi } from 'vitest';
import type { GroupFigures } from '../../../src/dataplane/replication/figures.ts';
import { lookMs, watchStats } from '../../../src/failover/watch-stats.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

function start(answers: (words: string) => string) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const asked: string[] = [];
  const told: (GroupFigures | undefined)[] = [];
  let running = 1;
  const done = watchStats({
    ...{ clock, signal: stop.signal, running: () => running },
    ask: async (words) => {
      asked.push(words.join(' '));
      return answers(words.join(' '));
    },
    onFigures: (figures) => void told.push(figures),
  });
  const look = async () => {
    await vi.waitFor(() => expect(clock.sleeping()).toBe(1));
    await clock.advance(lookMs);
    await vi.waitFor(() => expect(clock.sleeping()).toBe(1));
  };
  const end = async () => {
    stop.abort();
    await done;
  };
  const become = (times: number) => {
    running = times;
  };
  return { asked, told, look, end, become };
}

test('one page every 10 s, in turn, and none while conntrackd does not run', async () => {
  const { asked, told, look, become, end } = start((words) =>
    words === 'runtime' ? 'netlink stats:\n\tnetlink overrun: 4\n' : '',
  );
  for (let n = 0; n < 4; n += 1) await look();
  expect(asked).toEqual(['', 'queue', 'runtime', '']);
  expect(told.at(-1)).toEqual({ overruns: 4 });
  become(0);
  await look();
  await look();
  expect(asked).toHaveLength(4);
  expect(told.slice(4)).toEqual([undefined]);
  become(2);
  await look();
  expect(asked.at(-1)).toBe('');
  await end();
});

test('silence is counted from the last look at which the peer had said more', async () => {
  let received = 5;
  const { told, look, end } = start((words) =>
    words === '' ? `UDP traffic (active device=eth0):\n  1 Pckts sent  ${received} Pckts recv\n` : '',
  );
  for (let n = 0; n < 7; n += 1) await look();
  expect(told.map((figures) => figures?.silentSeconds)).toEqual([0, 0, 0, 30, 30, 30, 60]);
  received = 6;
  for (let n = 0; n < 3; n += 1) await look();
  expect(told.at(-1)?.silentSeconds).toBe(0);
  await end();
});
