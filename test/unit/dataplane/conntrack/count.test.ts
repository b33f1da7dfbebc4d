import { expect, test } from 'vitest';
import { countFlows } from '../../../../src/dataplane/conntrack/count.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createFakeRunner } from '../../../support/fake-runner.ts';

const line =
  'udp 17 29 src=198.18.32.1 dst=198.51.100.10 sport=1 dport=53 src=198.51.100.10 dst=192.0.2.100 sport=53 dport=1 mark=513 use=1\n';
const names = new Map([['192.0.2.100', 'shop']]);
const options = () => ({
  clock: createFakeClock(),
  signal: new AbortController().signal,
  marks: [512, 1024],
  mask: 0x1e00,
  names,
});

test('a walk for each mark', async () => {
  const runner = createFakeRunner(({ args }) => ({ stdout: args.includes('512/7680') ? line + line : '' }));
  const found = await countFlows({ ...options(), runner });
  expect(found.get('shop')).toEqual({ flows: 2, ports: 2 });
  expect(runner.calls.map(({ args }) => args.join(' '))).toEqual(['-L -m 512/7680', '-L -m 1024/7680']);
});

test('a walk that fails, or does not end within a minute, tells no half', async () => {
  const failing = createFakeRunner(() => ({ exitCode: 1, stderr: 'Operation not permitted' }));
  await expect(countFlows({ ...options(), runner: failing })).rejects.toThrow('Operation not permitted');
  const hanging = createFakeRunner(() => 'hang');
  const hung = options();
  const ended = expect(countFlows({ ...hung, runner: hanging })).rejects.toThrow('ended by SIGTERM');
  await hung.clock.advance(60_000);
  await ended;
});
