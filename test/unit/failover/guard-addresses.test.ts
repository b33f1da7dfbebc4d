import { expect, test, vi } from 'vitest';
import { guardAddresses, settleMs } from '../../../src/failover/guard-addresses.ts';
import { shareAddresses } from '../../../src/failover/share-addresses.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';
import { silentLog } from '../../support/silent-log.ts';

const config = (group: number) => `vrrp_instance sallyport_${group} {
    interface eth0
    virtual_router_id ${group}
    priority 200
    virtual_ipaddress {
        198.19.255.24${group}/32 dev eth0
    }
}
`;
const line = (address: string) => `2: eth0    inet ${address}/32 scope global eth0`;

function setUp(...present: readonly string[]) {
  const held = new Set(present);
  const runner = createFakeRunner(({ args }) => {
    if (args.includes('monitor')) return 'hang';
    if (args[1] === 'del') held.delete(args[2]?.replace('/32', '') ?? '');
    return { stdout: args[1] === 'del' ? '' : `${[...held].map(line).join('\n')}\n` };
  });
  const clock = createFakeClock();
  const stop = new AbortController();
  const shells = { runner, clock, log: silentLog, signal: stop.signal };
  const corrected: number[] = [];
  const watcher = guardAddresses({
    ...shells,
    addresses: shareAddresses(shells),
    onCorrected: (group) => corrected.push(group),
  });
  const end = vi.fn(() => watcher.onEnd());
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50) await clock.advance(Math.min(left, 50));
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { held, runner, watcher, corrected, end, pass, clock, stop };
}

test('a standby with addresses gives them up, once it had the time; it runs on', async () => {
  const { held, watcher, corrected, end, pass } = setUp('198.19.255.241', '192.0.2.11');
  watcher.onBegin(config(1), end);
  await pass(200);
  watcher.onLine('(sallyport_1) Entering BACKUP STATE (init)');
  await pass(settleMs - 100);
  expect(held).toContain('198.19.255.241');
  await pass(500);
  expect([...held]).toEqual(['192.0.2.11']);
  expect(corrected).toEqual([1]);
  expect(end).not.toHaveBeenCalled();
});

test('one that believes it set them is started anew', async () => {
  const { held, watcher, end, pass } = setUp('198.19.255.241');
  watcher.onBegin(config(1), end);
  watcher.onLine('(sallyport_1) Entering MASTER STATE');
  await pass(2_000);
  expect(end).not.toHaveBeenCalled();
  watcher.onLine('(sallyport_1) Entering BACKUP STATE');
  await pass(2_000);
  expect(held.size).toBe(0);
  expect(end).toHaveBeenCalledOnce();
});

test('an owner without its tunnel address is started anew, not again and again', async () => {
  const { watcher, end, pass } = setUp();
  for (let round = 0; round < 5; round += 1) {
    watcher.onBegin(config(1), end);
    watcher.onLine('(sallyport_1) Entering MASTER STATE');
    await pass(1_500);
  }
  expect(end).toHaveBeenCalledOnce();
  await pass(5_000);
  expect(end).toHaveBeenCalledTimes(2);
});

test('a moved address is seen by the monitor; at rest nothing runs', async () => {
  const { held, runner, watcher, pass } = setUp();
  watcher.onBegin(config(1), () => {});
  watcher.onLine('(sallyport_1) Entering BACKUP STATE (init)');
  await pass(3_000);
  const before = runner.calls.length;
  await pass(60_000);
  expect(runner.calls).toHaveLength(before);
  held.add('198.19.255.241');
  runner.streams[0]?.line(line('198.19.255.241'));
  await pass(2_000);
  expect(held.size).toBe(0);
  watcher.onEnd();
  await pass(2_000);
  expect(runner.streams).toHaveLength(0);
});

test('after a reload the addresses of the new text count, after an end none', async () => {
  const { held, watcher, pass } = setUp('198.19.255.241', '198.19.255.242');
  watcher.onBegin(config(1), () => {});
  watcher.onChange(config(2));
  watcher.onLine('(sallyport_1) Entering BACKUP STATE');
  watcher.onLine('(sallyport_2) Entering FAULT STATE');
  await pass(2_500);
  expect([...held]).toEqual(['198.19.255.241']);
  watcher.onBegin(config(1), () => {});
  await pass(2_500);
  expect([...held]).toEqual(['198.19.255.241']);
});
