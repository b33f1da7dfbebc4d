import type { TableName } from './commands.ts';
import { tablePath } from './commands.ts';

/** What one transaction in the kernel means to us. */
type MonitorEvent =
  | { readonly kind: 'own' }
  | {
      readonly kind: 'foreign';
      /** `inet sallyport`, sorted. */
      readonly tables: readonly string[];
      /** Those of them that were deleted and not made again by the same transaction, sorted. */
      readonly gone: readonly string[];
      /** As the kernel saw it, e.g. `nft`; its process id is one of the machine's, not of our pid namespace. */
      readonly process: string;
      readonly pid: number;
    }
  | { readonly kind: 'lost' };

export interface MonitorReader {
  /** One line of `nft monitor`; answers when a transaction that concerns us has ended, or when events were lost. */
  read(line: string): MonitorEvent | undefined;
}

/**
 * Reads `nft monitor` (text, nft ≥ 1.0.6): the objects of a transaction, a line each, then `# new generation N by process
 * P (NAME)`. A transaction that adds a table called `marker` is our own, whatever else is in it.
 */
export function createMonitorReader(tables: readonly TableName[], marker: string): MonitorReader {
  const ours = new Set(tables.map(tablePath));
  let touched = new Set<string>();
  let gone = new Set<string>();
  let own = false;
  return {
    read(line) {
      const end = /^# new generation \d+ by process (\d+) \((.*)\)$/.exec(line);
      if (end !== null) {
        const event = endOf({ own, touched, gone, pid: Number(end[1]), process: end[2] ?? '' });
        touched = new Set();
        gone = new Set();
        own = false;
        return event;
      }
      if (line.startsWith('#')) return /lost/i.test(line) ? { kind: 'lost' } : undefined;
      const path = pathOf(line);
      if (path !== undefined && ours.has(path)) {
        touched.add(path);
        if (line === `delete table ${path}`) gone.add(path);
        else if (line === `add table ${path}`) gone.delete(path);
      }
      if (line === `add table ip ${marker}`) own = true;
      return undefined;
    },
  };
}

interface Batch {
  readonly own: boolean;
  readonly touched: ReadonlySet<string>;
  readonly gone: ReadonlySet<string>;
  readonly process: string;
  readonly pid: number;
}

function endOf({ own, touched, gone, process, pid }: Batch): MonitorEvent | undefined {
  if (own) return { kind: 'own' };
  if (touched.size === 0) return undefined;
  return { kind: 'foreign', tables: [...touched].sort(), gone: [...gone].sort(), process, pid };
}

// "delete rule inet sallyport pre handle 18": verb, object, family, table.
function pathOf(line: string): string | undefined {
  const match = /^[a-z]+ [a-z]+ ([a-z0-9]+) ([\w./-]+)/.exec(line);
  return match === null ? undefined : `${match[1]} ${match[2]}`;
}
