/** What asking on the wire has said of an address that this node does not claim yet. */
export interface Probe {
  /** free: nobody answered; taken: somebody did. */
  readonly verdict: 'unknown' | 'free' | 'taken';
  /** Who answered last, sorted; empty unless taken. */
  readonly macs: readonly string[];
  /** Questions since the last answer that nobody answered, and those that could not be asked. */
  readonly silences: number;
  readonly failures: number;
  /** Times in a row that somebody answered. */
  readonly answers: number;
  /** When to ask again, on the monotonic clock, in ms; Infinity: never. */
  readonly dueAt: number;
}

/** Looks without an answer until an address that somebody had is free: whoever starts anew is silent for a while. */
const silencesUntilFree = 2;
/** Failures until an address is claimed unasked: who cannot ask must not be without an address for ever. */
export const failuresUntilFree = 3;
const pauseMs = { failed: 1_000, silent: 3_000, firstAnswer: 1_000, longest: 10_000 } as const;

/** The probe of an address that nobody has been asked for. */
export function newProbe(now: number): Probe {
  return { verdict: 'unknown', macs: [], silences: 0, failures: 0, answers: 0, dueAt: now };
}

/** Pure: the probe after a look, in which these hardware addresses answered; undefined: nobody could be asked. */
export function hearProbe(probe: Probe, macs: readonly string[] | undefined, now: number): Probe {
  if (macs === undefined) {
    const failures = probe.failures + 1;
    if (probe.verdict === 'unknown' && failures >= failuresUntilFree) return free(probe);
    return { ...probe, failures, dueAt: now + Math.min(pauseMs.failed * failures, pauseMs.longest) };
  }
  if (macs.length > 0) {
    const answers = probe.answers + 1;
    const pause = Math.min(pauseMs.firstAnswer * 2 ** (answers - 1), pauseMs.longest);
    return { verdict: 'taken', macs, silences: 0, failures: 0, answers, dueAt: now + pause };
  }
  const silences = probe.silences + 1;
  if (probe.verdict !== 'taken' || silences >= silencesUntilFree) return free(probe);
  return { ...probe, silences, failures: 0, dueAt: now + pauseMs.silent };
}

function free(probe: Probe): Probe {
  return { ...probe, verdict: 'free', macs: [], dueAt: Number.POSITIVE_INFINITY };
}
