import { expect, test } from 'vitest';
import { readCounters } from '../../../../src/dataplane/nft/counters.ts';
import { createFakeRunner } from '../../../support/fake-runner.ts';

const table = { family: 'inet', name: 'sallyport' } as const;

test('one process reads the counters of one table; no table has none', async () => {
  const runner = createFakeRunner(() => ({
    stdout: '{"nftables": [{"counter": {"name": "held", "packets": 2, "bytes": 120}}]}',
  }));
  expect([...(await readCounters(runner, table))]).toEqual([['held', { packets: 2, bytes: 120 }]]);
  expect(runner.calls.map(({ command, args }) => [command, ...args].join(' '))).toEqual([
    'nft -j list counters table inet sallyport',
  ]);
  runner.on(() => ({ exitCode: 1, stderr: 'Error: No such file or directory' }));
  expect((await readCounters(runner, table)).size).toBe(0);
  runner.on(() => 'missing');
  await expect(readCounters(runner, table)).rejects.toMatchObject({ name: 'NftError', failure: 'unavailable' });
});
