import { expect, test } from 'vitest';
import type { BgpSession } from '../../../src/dataplane/bgp/parse-protocols.ts';
import { birdTrouble } from '../../../src/failover/bird-trouble.ts';
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
  const turns = Array.from({ length: 60 }, (_, second) => [second * 1_000, second % 8 < 4 ? 'a' : 'b'] as const);
  expect(reasons(...turns)).toBe('a');
  expect(after([0, [down('a')]], [1_000, [up]]).sessions).toEqual([up]);
});

test('what BIRD cannot have here is said in words', () => {
  const bfd = birdTrouble('2026-11-22 07:25:14.590 <ERR> bfd1: Socket error: bind: Address already in use');
  expect(bfd).toMatchObject({ restart: false, words: expect.stringContaining('UDP port 3784') });
  const port = birdTrouble('2026-11-22 07:24:42.132 <ERR> peer4_192_0_2_1: Cannot open listening socket');
  expect(port).toMatchObject({ restart: true, words: expect.stringContaining('TCP port 8499') });
  expect(birdTrouble('2026-11-22 07:24:42.132 <ERR> peer4_192_0_2_1: Socket error: connect: x')).toBeUndefined();
});
