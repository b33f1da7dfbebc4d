import type { PacketHeader, TraceEvent } from './model.ts';

/** What `sallyport trace-node` prints, a line of JSON each: that it looks, and what it sees. */
export type NodeLine = { readonly kind: 'ready' } | { readonly kind: 'event'; readonly event: TraceEvent };

export const renderNodeLine = (line: NodeLine): string => `${JSON.stringify(line)}\n`;

/** Pure: such a line again; undefined for what is none. A node's word: shapes are checked, and nothing that steers a terminal is let through. */
export function parseNodeLine(text: string): NodeLine | undefined {
  const line = parseRecord(text);
  if (line?.['kind'] === 'ready') return { kind: 'ready' };
  const event = line?.['kind'] === 'event' ? recordOf(line['event']) : undefined;
  const parsed = event === undefined ? undefined : parseEvent(event);
  return parsed === undefined ? undefined : { kind: 'event', event: parsed };
}

type Fields = Readonly<Record<string, unknown>>;

function parseEvent(event: Fields): TraceEvent | undefined {
  const [id, table, chain] = [textOf(event['id']), textOf(event['table']), textOf(event['chain'])];
  if (id === undefined || table === undefined || chain === undefined) return undefined;
  const at = { id, table, chain };
  const verdict = textOf(event['verdict']);
  const rule = textOf(event['rule']);
  const header = recordOf(event['header']);
  if (event['kind'] === 'packet' && header !== undefined) return { kind: 'packet', ...at, header: parseHeader(header) };
  if (verdict === undefined) return undefined;
  if (event['kind'] === 'rule' && rule !== undefined) return { kind: 'rule', ...at, rule, verdict };
  if (event['kind'] !== 'policy') return undefined;
  const mark = numberOf(event['mark']);
  return { kind: 'policy', ...at, verdict, ...(mark === undefined ? {} : { mark }) };
}

const texts = ['iif', 'oif', 'source', 'destination'] as const;
const numbers = ['sourcePort', 'destinationPort', 'echo'] as const;

function parseHeader(header: Fields): PacketHeader {
  const present = [
    ...texts.map((name) => [name, textOf(header[name])] as const),
    ...numbers.map((name) => [name, numberOf(header[name])] as const),
  ].filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(present) as Omit<PacketHeader, 'print'>), print: textOf(header['print']) ?? '' };
}

function parseRecord(text: string): Fields | undefined {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function recordOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.replaceAll(/\p{C}/gu, '?').slice(0, 400) : undefined;

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
