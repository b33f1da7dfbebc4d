import { describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../../hack/lab/start-lab.ts';
import { resultOf } from '../../support/fault-results.ts';
import { faultSection } from '../../support/fault-table.ts';

const when = new Date('2026-01-02T03:04:05Z');
const flow = (pod: string, lost: number, longest: number): ProbeResult => ({
  pod,
  udp: { sent: 100, received: 100 - lost, longestGapMs: longest, sources: [] },
  tcp: { opened: 10, survived: 9, longestStallMs: longest + 1, sources: [] },
});
const crash = resultOf(
  {
    ...{ fault: 'owner | crashed', promised: 'a takeover', addresses: ['192.0.2.100'] },
    ...{
      results: [flow('a', 3, 40), flow('b', 4, 30)],
      seen: { '192.0.2.100': 170, '192.0.2.11': 2, '198.18.0.1': 5 },
    },
  },
  when,
);
const flush = resultOf(
  {
    fault: 'flush',
    promised: '',
    seen: { '192.0.2.100': 8, '198.18.0.1': 1 },
    addresses: ['192.0.2.100'],
    isExposure: true,
  },
  when,
);

describe('resultOf', () => {
  it('sums flows, keeps what is longest, and tells sources apart', () => {
    expect(crash).toMatchObject({
      udp: { sent: 200, lost: 7, longestGapMs: 40 },
      tcp: { opened: 20, survived: 18, longestStallMs: 41 },
      right: 170,
      wrong: { '192.0.2.11': 2, '198.18.0.1': 5 },
    });
  });
});

describe('faultSection', () => {
  const run = { machine: '2 cores', loadBefore: 1, loadAfter: 2, date: '2026-01-02' };
  const rows = (text: string) => text.split('\n').filter((line) => line.startsWith('|'));

  it('has a row per fault, and exposures apart from all others', () => {
    expect(rows(faultSection([crash, flush], run)).slice(2)).toEqual([
      '| owner \\| crashed | a takeover | 7 of 200 | 40 ms | 18 of 20 | 41 ms | 7 of 177 (198.18.0.1: 5, 192.0.2.11: 2) | 03:04:05 |',
      '| flush |  |  |  |  |  | 1 of 9 (198.18.0.1: 1) | 03:04:05 |',
      '| **all but the exposures** |  | 7 of 200 |  | 18 of 20 |  | **7 of 177 (198.18.0.1: 5, 192.0.2.11: 2)** |  |',
      '| **exposures (ruleset flushed)** |  | 0 of 0 |  | 0 of 0 |  | **1 of 9 (198.18.0.1: 1)** |  |',
    ]);
  });
});
