import { expect, test, vi } from 'vitest';
import { addressIn, watchAddresses } from '../../../src/failover/watch-addresses.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';
import { silentLog } from '../../support/silent-log.ts';

const line = (address: string) => `2: eth0    inet ${address}/32 scope global eth0\\       valid_lft forever`;

test.each([
  [line('192.0.2.1'), { device: 'eth0', address: '192.0.2.1', length: 32 }],
  [`Deleted ${line('192.0.2.1')}`, { device: 'eth0', address: '192.0.2.1', length: 32 }],
  ['2: eth0    inet6 2001:db8::1/64 scope global', { device: 'eth0', address: '2001:db8::1', length: 64 }],
  ['7: ppp0    inet 192.0.2.1 peer 192.0.2.2/32 scope global', { device: 'ppp0', address: '192.0.2.1', length: 32 }],
  ['2: eth0    link/ether', undefined],
  ['', undefined],
])('%s', (text, held) => {
  expect(addressIn(text)).toEqual(held);
});

test('reads at the start, when one of ours moves, and after the monitor ended; nothing in between', async () => {
  const held = ['192.0.2.11'];
  const runner = createFakeRunner(({ args }) =>
    args.includes('monitor') ? 'hang' : { stdout: `${held.map(line).join('\n')}\n` },
  );
  const clock = createFakeClock();
  const stop = new AbortController();
  const seen: string[] = [];
  const done = watchAddresses({
    runner,
    clock,
    log: silentLog,
    signal: stop.signal,
    isOurs: (address) => address === '198.19.255.241',
    onAddresses: (held) => seen.push(held.map(({ address }) => address).join(' ')),
  });
  await clock.advance(1_000);
  await vi.waitFor(() => expect(seen).toEqual(['192.0.2.11']));
  runner.streams[0]?.line(line('192.0.2.77'));
  held.push('198.19.255.241');
  runner.streams[0]?.line(line('198.19.255.241'));
  await vi.waitFor(() => expect(seen).toEqual(['192.0.2.11', '192.0.2.11 198.19.255.241']));
  held.pop();
  runner.streams[0]?.line(`Deleted ${line('198.19.255.241')}`);
  await vi.waitFor(() => expect(seen).toHaveLength(3));
  await clock.advance(60_000);
  expect(runner.calls).toHaveLength(4);
  runner.streams[0]?.end(1);
  await vi.waitFor(() => expect(clock.sleeping()).toBe(1));
  await clock.advance(1_000);
  await clock.advance(1_000);
  await vi.waitFor(() => expect(seen).toHaveLength(4));
  expect(seen.at(-1)).toBe('192.0.2.11');
  stop.abort();
  await done;
});
