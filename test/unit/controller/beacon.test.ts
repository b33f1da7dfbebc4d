import { expect, test, vi } from 'vitest';
import { sendBeacons } from '../../../src/controller/beacon.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

test('a datagram of each family every 5 s, to where nobody is, until it is told to end', async () => {
  const clock = createFakeClock();
  const stop = new AbortController();
  const sent: string[] = [];
  const close = vi.fn();
  const done = sendBeacons({
    open: (family) => ({
      send: (bytes, { address, port }) => sent.push(`${family} ${address} ${port} ${bytes.length > 0}`),
      onMessage: () => {},
      local: () => ({ address: '', port: 0 }),
      close,
    }),
    clock,
    signal: stop.signal,
  });
  const both = ['4 192.0.0.8 9 true', '6 100::8 9 true'];
  expect(sent).toEqual(both);
  await clock.advance(15_000);
  expect(sent).toEqual([...both, ...both, ...both, ...both]);
  stop.abort();
  await done;
  expect(close).toHaveBeenCalledTimes(2);
});
