/** What connection tracking counted since the network namespace began, all processors together. */
export interface ConntrackStats {
  /** Packets of new flows that were dropped, for a full table or for what `notUnique` counts, too. */
  readonly dropped: number;
  /** Packets of new flows that were dropped because their translation, or they themselves, were somebody else's flow already: no free port. */
  readonly notUnique: number;
  /** Flows without an answer yet that were forgotten to make place for others. */
  readonly evicted: number;
}

const columns = { dropped: 'drop', notUnique: 'insert_failed', evicted: 'early_drop' } as const;

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

/** What was refused between two looks, by cause; a counter that went back began anew. */
export function refusedSince(
  before: ConntrackStats,
  now: ConntrackStats,
): { readonly tableFull: number; readonly notUnique: number; readonly evicted: number } {
  const grown = (name: keyof ConntrackStats) => (now[name] < before[name] ? now[name] : now[name] - before[name]);
  const notUnique = grown('notUnique');
  return { tableFull: Math.max(0, grown('dropped') - notUnique), notUnique, evicted: grown('evicted') };
}

function total(rows: readonly ReadonlyMap<string, number>[]): ConntrackStats | undefined {
  const sum = (name: string) => rows.reduce((before, row) => before + (row.get(name) ?? Number.NaN), 0);
  const stats = { dropped: sum(columns.dropped), notUnique: sum(columns.notUnique), evicted: sum(columns.evicted) };
  return rows.length > 0 && Object.values(stats).every(Number.isSafeInteger) ? stats : undefined;
}
