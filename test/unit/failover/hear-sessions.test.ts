import { expect, test } from 'vitest';
import type { BgpSession } from '../../../src/dataplane/bgp/parse-protocols.ts';
import { birdTrouble, isBfdShared } from '../../../src/failover/bird-trouble.ts';
import { type Hearing, hearSessions, nothingHeard, reasonMs, silenceMs } from '../../../src/failover/hear-sessions.ts';

const up: BgpSession = { address: '192.0.2.1', asn: 65_000, established: true, announced: 1, info: '' };
const down = (info: string): BgpSession => ({ ...up, established: false, announced: 0, info });
const after = (...answers: readonly (readonly [at: number, answer: readonly BgpSession[] | undefined])[]): Hearing =>
  answers.reduce((before, [at, answer]) => hearSessions(before, answer, at), nothingHeard);
const reasons = (...answers: readonly (readonly [at: number, info: string])[]) =>
  after(...answers.map(([at, info]) => [at, [down(info)]] as const)).sessions[0]?.info;

test('what was said counts until a router gives a silent speaker up, too', () => {
  expect(after([0, [up]], [1_000, undefined], [silenceMs - 1, undefined]).sessions).toEqual([up]);
  expect(after([0, [up]], [1_000, undefined], [silenceMs, undefined]).sessions).toEqual([]);
  expect(after([0, [up]], [8_000, [up]], [silenceMs, undefined]).sessions).toEqual([up]);
  expect(after([0, undefined]).sessions).toEqual([]);
  expect(after([0, [up]], [1_000, []]).sessions).toEqual([]);
});

test('a reason is told at once, another when it lasts, and two by turns are one', () => {
  expect(after([0, [up]], [1, [down('Hold timer expired')]]).sessions).toEqual([down('Hold timer expired')]);
  expect(reasons([0, ''], [1, 'a'])).toBe('a');
  expect(reasons([0, 'a'], [1_000, 'b'])).toBe('a');
  expect(reasons([0, 'a'], [1_000, 'b'], [1_000 + reasonMs, 'b'])).toBe('b');
  for (const each of [4, 12]) {
    const turns = Array.from(
      { length: 90 },
      (_, second) => [second * 1_000, 'ab'[Math.trunc(second / each) % 2] ?? ''] as const,
    );
    expect(turns.map((_, second) => reasons(...turns.slice(0, second + 1)))).toEqual(turns.map(() => 'a'));
  }
  expect(after([0, [down('a')]], [1_000, [up]]).sessions).toEqual([up]);
});

test('what BIRD cannot have here is said in words', () => {
  const bfd = birdTrouble('2026-11-22 07:25:14.590 <ERR> bfd1: Socket error: bind: Address already in use');
  expect(bfd).toMatchObject({ restart: false, words: expect.stringContaining('UDP port 3784') });
  const port = birdTrouble('2026-11-22 07:24:42.132 <ERR> peer4_192_0_2_1: Cannot open listening socket');
  expect(port).toMatchObject({ restart: true, words: expect.stringContaining('TCP port 8499') });
  expect(birdTrouble('2026-11-22 07:24:42.132 <ERR> peer4_192_0_2_1: Socket error: connect: x')).toBeUndefined();
});

test('who listens for BFD on any address is not BIRD, which has sockets on links', () => {
  const line = (address: string) =>
    `  sl  local_address rem_address   st tx_queue\n 1234: ${address} 00000000:0000 07 00000000:00000000\n`;
  expect([line('00000000:0EC8'), line(`${'0'.repeat(32)}:0EC8`)].map(isBfdShared)).toEqual([true, true]);
  expect([line('0B0200C0:0EC8'), line('00000000:0EC9'), ''].map(isBfdShared)).toEqual([false, false, false]);
});
