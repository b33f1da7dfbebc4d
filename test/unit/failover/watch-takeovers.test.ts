import { expect, test } from 'vitest';
import { watchTakeovers } from '../../../src/failover/watch-takeovers.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

const config = `vrrp_instance sallyport_1 {
    interface eth0
    virtual_router_id 1
    priority 192
    advert_int 0.1
    virtual_ipaddress {
        198.19.255.241/32 dev eth0
    }
}
`;
const anchor = { device: 'eth0', address: '198.19.255.241', length: 32 };
const own = { device: 'eth0', address: '192.0.2.11', length: 24 };

function setUp() {
  const clock = createFakeClock();
  const taken: unknown[] = [];
  let tell: (held: readonly (typeof own)[]) => void = () => {};
  let isOurs: (address: string) => boolean = () => false;
  const addresses = {
    subscribe: (reader: { isOurs: typeof isOurs; onAddresses: typeof tell }) => {
      tell = reader.onAddresses;
      isOurs = reader.isOurs;
      return { restart: () => {}, stop: () => {} };
    },
  };
  const watcher = watchTakeovers({
    clock,
    log: silentLog,
    addresses,
    onTakeover: (group, cause, ms) => taken.push([group, cause, ms]),
  });
  return {
    clock,
    watcher,
    taken,
    tell: (held: readonly (typeof own)[]) => tell(held),
    isOurs: (a: string) => isOurs(a),
  };
}

test('a takeover ends when the tunnel address is here, and is told once', async () => {
  const { clock, watcher, taken, tell, isOurs } = setUp();
  watcher.onBegin(config, () => {});
  expect([isOurs(anchor.address), isOurs(own.address)]).toEqual([true, false]);
  watcher.onLine('(sallyport_1) Entering BACKUP STATE (init)');
  await clock.advance(60_000);
  watcher.onLine('(sallyport_1) Entering MASTER STATE');
  tell([own]);
  expect(taken).toEqual([]);
  await clock.advance(12);
  tell([own, anchor]);
  tell([own, anchor]);
  expect(taken).toEqual([[1, 'silence', 325 + 12]]);
});

test('addresses of a group that it has had are no takeover, nor are those of one that keepalived no longer has', async () => {
  const { clock, watcher, taken, tell } = setUp();
  watcher.onBegin(config, () => {});
  watcher.onLine('(sallyport_1) Entering BACKUP STATE (init)');
  tell([anchor]);
  await clock.advance(60_000);
  watcher.onLine('(sallyport_1) Entering MASTER STATE');
  watcher.onChange(config.replaceAll('_1 {', '_2 {'));
  tell([anchor]);
  watcher.onLine('(sallyport_1) Entering MASTER STATE');
  watcher.onEnd();
  tell([anchor]);
  expect(taken).toEqual([]);
});
