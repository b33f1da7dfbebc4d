/** What one conntrackd says of itself, each a whole number since it began but `flows`, `unsent` and `unacknowledged`, which are of now. */
export type ReplicationStats = Readonly<Record<(typeof statNames)[number], number>>;

export const statNames = [
  // -s
  'flows',
  'injected',
  'injectFailed',
  'sent',
  'received',
  'sendErrors',
  'receiveErrors',
  'malformed',
  'lost',
  // -s queue
  'unsent',
  'unacknowledged',
  'queueFull',
  // -s runtime
  'overruns',
] as const;

/** The words after `conntrackd -s` that together tell all of it, each in a process of its own. */
export const statPages = [[], ['queue'], ['runtime']] as const;

/**
 * Reads what a page of `conntrackd -s` (1.4.7) tells: `heading:` at a line's begin, or `key: number`, or two of a line; `number unit
 * number unit` below a heading. Only what is there and a whole number below 2⁵³ is in the result: never throws.
 */
export function parseStats(text: string): Partial<ReplicationStats> {
  const found = new Map<(typeof statNames)[number], number>();
  let heading = '';
  for (const line of text.slice(0, mostCharacters).split('\n')) {
    if (line.length > longestLine) continue;
    const title = /^(\S[^:]*?)(?: \([^)]*\))?:\s*$/.exec(line)?.[1];
    if (title !== undefined) heading = title;
    for (const [label, number] of numbersOf(line)) {
      const name = names[`${heading}/${label}`] ?? names[label];
      const value = Number(number);
      if (name !== undefined && Number.isSafeInteger(value)) found.set(name, (found.get(name) ?? 0) + value);
    }
  }
  return Object.fromEntries(found);
}

// Pages have some thirty lines.
const mostCharacters = 16_384;
const longestLine = 200;

const names: Readonly<Record<string, (typeof statNames)[number]>> = {
  'cache internal/current active connections': 'flows',
  'external inject/connections created': 'injected',
  'external inject/connections updated': 'injected',
  'external inject/connections created failed': 'injectFailed',
  'external inject/connections updated failed': 'injectFailed',
  'UDP traffic/Pckts sent': 'sent',
  'UDP traffic/Pckts recv': 'received',
  'UDP traffic/Error send': 'sendErrors',
  'UDP traffic/Error recv': 'receiveErrors',
  'message tracking/Malformed msgs': 'malformed',
  'message tracking/Lost msgs': 'lost',
  'queue txqueue/current elements': 'unsent',
  'queue rsqueue/current elements': 'unacknowledged',
  'queue rsqueue/not enough space errors': 'queueFull',
  'queue txqueue/not enough space errors': 'queueFull',
  'netlink stats/netlink overrun': 'overruns',
};

/** `connections created:  1  failed:  0` and `1 Pckts sent  2 Pckts recv`. */
function numbersOf(line: string): readonly (readonly [string, string])[] {
  const [, key, value, failed] = /^\s*([a-z][a-z ]*):\s+(\d+)(?:\s+failed:\s+(\d+))?\s*$/.exec(line) ?? [];
  if (key !== undefined && value !== undefined)
    return [[key, value], ...(failed === undefined ? [] : [[`${key} failed`, failed] as const])];
  if (!/^\s+\d+ [A-Z]/.test(line)) return [];
  return [...line.matchAll(/(\d+) ([A-Z][a-z]+ [a-z]+)(?=\s|$)/g)].map(([, number = '', label = '']) => [
    label,
    number,
  ]);
}
