import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/compile/compile.ts';
import { rememberPublished } from '../../../src/controller/published.ts';
import { settle } from '../../../src/preview/settle.ts';
import { reportAll } from '../../support/apply-plan.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { gateway, now, route, snapshot } from '../../support/objects.ts';

const start = snapshot({ gateways: [gateway('platform/partners')], routes: [route('shop/all', 'platform/partners')] });
const reported = reportAll(settle(start).snapshot, ['node-1', 'node-3']);

function begin() {
  const clock = createFakeClock(now);
  const memory = rememberPublished(clock);
  /** What the route says of itself now, and in how many milliseconds it is to be looked at again. */
  const look = () => {
    const plan = compile({ ...reported, ...memory.see(reported.ruleSets) });
    const programmed = plan.routes[0]?.parents[0]?.conditions.find(({ type }) => type === 'Programmed');
    return [programmed?.status, plan.recheckAt === undefined ? undefined : plan.recheckAt - clock.now()];
  };
  return { clock, memory, look };
}

describe.each([
  ['an hour forward', 3_600_000],
  ['an hour back', -3_600_000],
])('a wall clock that jumps %s', (_, jump) => {
  test('neither ends nor lengthens the wait for reports', async () => {
    const { clock, look } = begin();
    expect(look()).toEqual(['False', 320]);
    await clock.advance(100);
    clock.jump(jump);
    expect(look()).toEqual(['False', 220]);
    await clock.advance(219);
    expect(look()).toEqual(['False', 1]);
    await clock.advance(1);
    expect(look()).toEqual(['True', undefined]);
  });
});

test('rule sets that changed are new, and those that are gone are forgotten', async () => {
  const { clock, memory } = begin();
  const [first] = memory.see(reported.ruleSets).publishedAt.values();
  expect(first).toBe(now);
  await clock.advance(500);
  expect(memory.see([]).publishedAt.size).toBe(0);
  expect([...memory.see(reported.ruleSets).publishedAt.values()]).toEqual([now + 500]);
});
