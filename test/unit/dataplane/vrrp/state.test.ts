import { expect, test } from 'vitest';
import { parseFailoverState, renderFailoverState } from '../../../../src/dataplane/vrrp/state.ts';

test.each([
  { running: true, dead: [] },
  { running: false, dead: [] },
  { running: true, dead: ['bond0', 'eth0.100'] },
])('%o is read as it was written', (state) => {
  expect(parseFailoverState(renderFailoverState(state))).toEqual(state);
});

test('nothing runs without the file, and with anything else in it', () => {
  for (const text of [undefined, '', 'run', 'stopped\nrunning\n', 'RUNNING\n'])
    expect(parseFailoverState(text)).toEqual({ running: false, dead: [] });
  expect(parseFailoverState('running\ndead\ndead a b\nundead eth0\n')).toEqual({ running: true, dead: [] });
});
