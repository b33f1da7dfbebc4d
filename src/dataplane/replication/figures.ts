import { type ReplicationStats, statNames } from './stats.ts';

/** What is known of one group's replication: of what conntrackd says, as far as it was asked. */
export type GroupFigures = Partial<ReplicationStats> & {
  /** Seconds since the peer was heard, by looks some 30 s apart; 0: since the look before. */
  readonly silentSeconds?: number;
};

/** By failover group, 1 to 14. */
export type ReplicationFigures = ReadonlyMap<number, GroupFigures>;

/** Text of `replication.json`, which the failover process writes for the agent. */
export function renderFigures(figures: ReplicationFigures): string {
  return `${JSON.stringify(Object.fromEntries([...figures].toSorted(([a], [b]) => a - b)))}\n`;
}

/** Parses `replication.json`; whatever is strange is left out: never throws. */
export function parseFigures(text: string | undefined): ReplicationFigures {
  const json = parseJson(text ?? '{}');
  if (typeof json !== 'object' || json === null) return new Map();
  const groups = Object.entries(json).filter(([group]) => /^([1-9]|1[0-4])$/.test(group));
  return new Map(groups.map(([group, each]) => [Number(group), figuresOf(each)]));
}

function figuresOf(value: unknown): GroupFigures {
  if (typeof value !== 'object' || value === null) return {};
  const known = new Set<string>([...statNames, 'silentSeconds']);
  const entries = Object.entries(value).filter(
    ([name, each]: readonly [string, unknown]) => known.has(name) && Number.isSafeInteger(each) && Number(each) >= 0,
  );
  return Object.fromEntries(entries);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
