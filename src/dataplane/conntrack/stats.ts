/** What connection tracking counted since the network namespace began, all processors together. */
export interface ConntrackStats {
  /** Packets of new flows that were dropped because the table was full. */
  readonly tableFull: number;
  /** Packets of new flows that were dropped because their translation, or they themselves, were somebody else's flow already: no free port. */
  readonly notUnique: number;
  /** Flows without an answer yet that were forgotten to make place for others. */
  readonly evicted: number;
}

const columns = { tableFull: 'drop', notUnique: 'insert_failed', evicted: 'early_drop' } as const;

/** Reads /proc/net/stat/nf_conntrack (a line of names, then one of hexadecimal numbers per processor); undefined when it is not that. */
export function parseProcStats(text: string): ConntrackStats | undefined {
  const [names = [], ...rows] = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
  return total(rows.map((row) => new Map(names.map((name, at) => [name, Number.parseInt(row[at] ?? '', 16)]))));
}

/** Reads what `conntrack -S` (conntrack-tools 1.4.7) prints: `name=number` in a line per processor; undefined when it is not that. */
export function parseToolStats(text: string): ConntrackStats | undefined {
  const lines = text.split('\n').filter((line) => line.startsWith('cpu='));
  return total(
    lines.map(
      (line) => new Map([...line.matchAll(/(\w+)=(\d+)/g)].map(([, name = '', value]) => [name, Number(value)])),
    ),
  );
}

function total(rows: readonly ReadonlyMap<string, number>[]): ConntrackStats | undefined {
  const sum = (name: string) => rows.reduce((before, row) => before + (row.get(name) ?? Number.NaN), 0);
  const stats = { tableFull: sum(columns.tableFull), notUnique: sum(columns.notUnique), evicted: sum(columns.evicted) };
  return rows.length > 0 && Object.values(stats).every(Number.isSafeInteger) ? stats : undefined;
}
