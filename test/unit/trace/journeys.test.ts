import { describe, expect, test } from 'vitest';
import { createJourneyBook } from '../../../src/trace/journeys.ts';
import type { TraceEvent } from '../../../src/trace/model.ts';
import { parseTraceLine } from '../../../src/trace/parse-line.ts';
import { captured, journeysIn } from '../../support/trace/captured.ts';

const chains = (name: string) =>
  journeysIn(name).map(({ hop, runs }) => [hop, runs.map(({ chain }) => chain).join(' ')]);

describe('a packet’s hooks are put together', () => {
  test('of a new flow, and of its next packet, which passes no NAT chain', () => {
    expect(chains('far')).toEqual([
      ['pod', 'begin fence prerouting judge clamp source guard into_tunnel'],
      ['pod', 'begin fence judge clamp guard into_tunnel'],
    ]);
    expect(chains('owner')).toEqual([
      ['gateway', 'begin fence prerouting judge clamp source guard'],
      ['gateway', 'begin fence judge clamp guard'],
    ]);
  });

  test('of both hops on one node', () => {
    const [pod, gateway, ...more] = journeysIn('near-udp');
    expect([pod?.hop, gateway?.hop, more]).toEqual(['pod', 'gateway', []]);
    expect(pod?.first.iif).toBe('cni0');
    expect(gateway?.first).toMatchObject({ iif: 'egl1', destination: '198.51.100.10' });
  });

  test('rules of called chains belong to the hook that called them', () => {
    const [refused] = journeysIn('refused');
    const judge = refused?.runs.find(({ chain }) => chain === 'judge');
    expect(judge?.steps.map(({ chain, verdict }) => `${chain} ${verdict}`)).toEqual([
      'judge jump fresh',
      'judge jump profile4_4659db2014b2',
      'profile4_4659db2014b2 goto refuse',
      'refuse drop',
    ]);
  });
});

const events = (name: string): readonly TraceEvent[] => captured(name).flatMap((line) => parseTraceLine(line) ?? []);

test('the kernel’s id of one packet may be that of the next', () => {
  const book = createJourneyBook();
  for (const event of events('far')) book.add({ ...event, id: '1' });
  expect(book.journeys().map(({ runs }) => runs.length)).toEqual([8, 6]);
});

test('two packets at once are told apart', () => {
  const book = createJourneyBook();
  const [one, other] = [events('refused'), events('held')];
  for (const [at, event] of one.entries()) {
    book.add(event);
    const beside = other[at];
    if (beside !== undefined) book.add(beside);
  }
  expect(book.journeys()).toEqual([...journeysIn('refused'), ...journeysIn('held')]);
});

test('a flood is forgotten, the oldest first', () => {
  const book = createJourneyBook();
  for (let port = 1; port <= 2_000; port += 1)
    for (const event of events('refused'))
      if (event.kind === 'packet') book.add({ ...event, id: `${port}`, header: { ...event.header, sourcePort: port } });
  expect(book.journeys()).toHaveLength(500);
  expect(book.journeys().at(-1)?.first.sourcePort).toBe(2_000);
});

test('a rule of a packet that nobody knows is left out', () => {
  const book = createJourneyBook();
  book.add({ kind: 'rule', id: '7', table: 'inet a', chain: 'b', rule: '', verdict: 'drop' });
  expect(book.journeys()).toEqual([]);
});
