import { isRecord } from './parse-element.ts';

/** What a named counter counted since it was made. */
export interface CounterValue {
  readonly packets: number;
  readonly bytes: number;
}

/** Reads what `nft -j list counters table …` prints (1.0.6), by name; what is no counter is left out: never throws. */
export function parseCounters(json: string): ReadonlyMap<string, CounterValue> {
  const objects = objectsIn(json);
  return new Map(
    objects.flatMap((object) => {
      const counter = isRecord(object) ? object['counter'] : undefined;
      if (!isRecord(counter)) return [];
      const { name, packets, bytes } = counter;
      return typeof name === 'string' && isCount(packets) && isCount(bytes)
        ? [[name, { packets, bytes }] as const]
        : [];
    }),
  );
}

// Beyond 2⁵³ JSON numbers are not exact: 9 PB.
function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function objectsIn(text: string): readonly unknown[] {
  try {
    const json: unknown = JSON.parse(text);
    const list = isRecord(json) ? json['nftables'] : undefined;
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

/** What was counted between two looks; a counter that is smaller than before was made anew. */
export function countedSince(before: CounterValue | undefined, now: CounterValue): CounterValue {
  const isNew = before === undefined || now.packets < before.packets || now.bytes < before.bytes;
  return isNew ? now : { packets: now.packets - before.packets, bytes: now.bytes - before.bytes };
}
