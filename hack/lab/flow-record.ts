/** What is known of one long flow: its answers and the longest time without one. */
export interface FlowRecord {
  readonly onSent: () => void;
  readonly onAnswer: (source: string) => void;
  /** The longest silence in milliseconds so far; the time since the last answer counts when an answer is due. */
  readonly longestMs: () => number;
  readonly summary: () => { readonly sent: number; readonly received: number; readonly sources: readonly string[] };
}

/** Measures with the given clock (milliseconds); nothing is silent before the first packet is sent. */
export function recordFlow(now: () => number = () => performance.now()): FlowRecord {
  let sent = 0;
  let received = 0;
  let last: number | undefined;
  let longest = 0;
  const sources = new Set<string>();
  return {
    onSent: () => {
      sent++;
      last ??= now();
    },
    onAnswer: (source) => {
      received++;
      sources.add(source);
      const time = now();
      longest = Math.max(longest, time - (last ?? time));
      last = time;
    },
    longestMs: () => Math.max(longest, sent > received && last !== undefined ? now() - last : 0),
    summary: () => ({ sent, received, sources: [...sources].sort() }),
  };
}
