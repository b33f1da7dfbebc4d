import { appendFile } from 'node:fs/promises';
import type { ProbeResult } from '../../hack/lab/start-lab.ts';

/** What one fault did to traffic; a line of JSON in the file that SALLYPORT_FAULTS_FILE names. */
export interface FaultResult {
  readonly fault: string;
  /** What may be lost, in words. */
  readonly promised: string;
  readonly udp?: { readonly sent: number; readonly lost: number; readonly longestGapMs?: number };
  readonly tcp?: { readonly opened: number; readonly survived: number; readonly longestStallMs?: number };
  /** Packets by source, captured outside: with an egress address of theirs, and with any other. */
  readonly right: number;
  readonly wrong: Readonly<Record<string, number>>;
  /** The rules were not there for a while: what left meanwhile is an exposure, and no broken promise. */
  readonly isExposure?: boolean;
  /** More that was measured, in words. */
  readonly note?: string;
  /** RFC 3339. */
  readonly when: string;
}

export interface FaultRecord {
  readonly fault: string;
  readonly promised: string;
  readonly results?: readonly ProbeResult[];
  /** `lab.seen()` over the time of the fault. */
  readonly seen: Readonly<Record<string, number>>;
  readonly addresses: readonly string[];
  readonly isExposure?: boolean;
  readonly note?: string;
}

/** Writes down what a fault did, to be called before anything is asserted of it; returns it. Without SALLYPORT_FAULTS_FILE it is returned alone. */
export async function recordFault(record: FaultRecord): Promise<FaultResult> {
  const result = resultOf(record, new Date());
  const file = process.env['SALLYPORT_FAULTS_FILE'];
  if (file !== undefined) await appendFile(file, `${JSON.stringify(result)}\n`);
  return result;
}

/** Sums over the flows, maxima of what is longest. */
export function resultOf({ results, seen, addresses, ...record }: FaultRecord, when: Date): FaultResult {
  const counts = Object.entries(seen);
  const isRight = (source: string) => addresses.includes(source);
  return {
    ...record,
    ...(results === undefined ? {} : flowsOf(results)),
    right: sum(counts.filter(([source]) => isRight(source)).map(([, packets]) => packets)),
    wrong: Object.fromEntries(counts.filter(([source]) => !isRight(source))),
    when: when.toISOString(),
  };
}

function flowsOf(results: readonly ProbeResult[]): Required<Pick<FaultResult, 'udp' | 'tcp'>> {
  const longest = (values: readonly number[]) => Math.max(0, ...values);
  return {
    udp: {
      sent: sum(results.map(({ udp }) => udp.sent)),
      lost: sum(results.map(({ udp }) => udp.sent - udp.received)),
      longestGapMs: longest(results.map(({ udp }) => udp.longestGapMs)),
    },
    tcp: {
      opened: sum(results.map(({ tcp }) => tcp.opened)),
      survived: sum(results.map(({ tcp }) => tcp.survived)),
      longestStallMs: longest(results.map(({ tcp }) => tcp.longestStallMs)),
    },
  };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
