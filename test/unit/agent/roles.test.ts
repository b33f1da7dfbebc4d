import { expect, test } from 'vitest';
import { createStartWatch } from '../../../src/agent/roles.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

test('a group that has just come to the node is no fault until ten seconds are over; one that ran is at once', async () => {
  const clock = createFakeClock();
  const watch = createStartWatch(clock);
  const look = (role: 'Fault' | 'Standby') => {
    const { known, lookAgainMs } = watch.withoutStarting(new Map([[1, role]]));
    return [known.get(1), lookAgainMs];
  };
  await clock.advance(60_000);
  expect(look('Fault')).toEqual([undefined, 10_000]);
  await clock.advance(9_999);
  expect(look('Fault')).toEqual([undefined, 1]);
  await clock.advance(1);
  expect(look('Fault')).toEqual(['Fault', undefined]);
  expect(look('Standby')).toEqual(['Standby', undefined]);
  expect(look('Fault')).toEqual(['Fault', undefined]);
  watch.withoutStarting(new Map());
  expect(look('Fault')).toEqual([undefined, 10_000]);
});
