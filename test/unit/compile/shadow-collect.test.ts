import { expect, test } from 'vitest';
import { compileClusterRoute } from '../../../src/compile/compile-rules.ts';
import type { Outcome } from '../../../src/compile/shadow.ts';
import { collectShadow, mostLosses } from '../../../src/compile/shadow-collect.ts';
import { clusterRoute } from '../../support/objects.ts';

// Of so many destinations.
const routeOf = (count: number) => {
  const destinations = Array.from({ length: count }, (_, n) => ({ cidr: `10.0.${n}.0/24` }));
  return compileClusterRoute(clusterRoute('all', 'platform/out', { rules: [{ matches: [{ destinations }] }] }));
};
const loss = { lost: 'something', winners: [], why: 'everything' } as unknown as Outcome['losses'][number];
const outcome = (isWhole: boolean): Outcome => ({ losses: [loss], isWhole });

test('a route that loses more than is kept may still lose all of it', () => {
  const shadow = collectShadow(routeOf(3 * mostLosses), () => [outcome(true)]);
  expect([shadow?.losses.length, shadow?.isWhole]).toEqual([mostLosses, true]);
});

test('its last destination decides, and nothing is looked for once something is left', () => {
  let judged = 0;
  const last = 2 * mostLosses;
  const judge = () => {
    judged += 1;
    return [outcome(judged !== last)];
  };
  expect(collectShadow(routeOf(last), judge)?.isWhole).toBe(false);
  judged = 0;
  const first = () => {
    judged += 1;
    return [outcome(false)];
  };
  expect(collectShadow(routeOf(last), first)?.losses).toHaveLength(mostLosses);
  expect(judged).toBe(mostLosses);
});

test('a route that loses nothing has no shadow', () => {
  expect(collectShadow(routeOf(3), () => [{ losses: [], isWhole: false }])).toBeUndefined();
});
