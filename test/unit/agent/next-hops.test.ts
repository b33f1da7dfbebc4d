import { expect, test } from 'vitest';
import { createNextHopCache } from '../../../src/agent/next-hops.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';

const asked = { addresses: [], families: [4] } as const;
const main = { ...asked, name: 'eth0', device: 'eth0', table: 254 };
const other = { ...asked, name: 'eth1-table-200', device: 'eth1', table: 200 };
const hop = { name: 'eth1-172.30.0.1', device: 'eth1', address: '172.30.0.1' };
const given = { ...asked, name: hop.name, device: hop.device, addresses: [hop.address] };

test('next hops are looked up in the table of their network, once until routes change; a given one costs nothing', async () => {
  const runner = createFakeRunner(({ args }) => ({
    stdout: args.includes('200')
      ? '[{"dst":"default","dev":"eth1","gateway":"172.30.0.9"}]'
      : '[{"dst":"default","dev":"eth0","gateway":"192.0.2.1"}]',
  }));
  const cache = createNextHopCache(runner);
  expect(await cache.read([given])).toEqual([hop]);
  expect(runner.calls).toEqual([]);
  const all = [
    { name: 'eth0', device: 'eth0', address: '192.0.2.1' },
    { name: 'eth1-table-200', device: 'eth1', address: '172.30.0.9' },
    hop,
  ];
  expect(await cache.read([main, other, given])).toEqual(all);
  expect(await cache.read([main, other, given])).toEqual(all);
  expect(runner.calls.map(({ args }) => args.join(' '))).toEqual([
    '-N -j -4 route show default',
    '-N -j -4 route show default table 200',
  ]);
  cache.forget();
  await cache.read([main]);
  expect(runner.calls.length).toBe(3);
});

test('a group with addresses of both families has two, of one name', async () => {
  const runner = createFakeRunner(({ args }) => ({
    stdout: `[{"dst":"default","dev":"eth0","gateway":"${args.includes('-6') ? 'fe80::1' : '192.0.2.1'}"}]`,
  }));
  const hops = await createNextHopCache(runner).read([{ ...main, name: 'eth0-dual', families: [4, 6] }]);
  expect(hops).toEqual([
    { name: 'eth0-dual', device: 'eth0', address: '192.0.2.1' },
    { name: 'eth0-dual', device: 'eth0', address: 'fe80::1' },
  ]);
});

test('a table that does not exist has none: iproute2 prints half a list and exits with 2', async () => {
  const cache = createNextHopCache(createFakeRunner(() => ({ stdout: '[', exitCode: 2 })));
  expect(await cache.read([other])).toEqual([]);
});
