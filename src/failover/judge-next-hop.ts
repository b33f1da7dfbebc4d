/** What is known of a next hop: not judged before its first answer; `streak` counts against the present verdict. */
export interface Judgement {
  readonly verdict: 'unjudged' | 'alive' | 'dead';
  readonly streak: number;
}

/** The time since the last look at it. */
export interface Look {
  readonly answers: number;
  readonly milliseconds: number;
  /** Whether it was asked all that time. */
  readonly asked: boolean;
}

/** How often one looks, and asks, in ms. */
export const lookMs = 1_000;
/** Looks without an answer until it is dead. */
export const deadAfter = 3;
/** Answers until it is alive again, with no second between them that has none. */
export const aliveAfter = 2;

export const unjudged: Judgement = { verdict: 'unjudged', streak: 0 };

/**
 * Pure: the judgement after one more look. Who never answered is never dead: a router that ignores ARP probes must not take a
 * network down. A look that comes late says nothing by its silence: who did not run has neither asked nor heard.
 */
export function judgeNextHop({ verdict, streak }: Judgement, look: Look): Judgement {
  if (look.answers > 0) {
    if (verdict === 'dead' && streak + look.answers < aliveAfter) return { verdict, streak: streak + look.answers };
    return { verdict: 'alive', streak: 0 };
  }
  const isEvidence = look.asked && look.milliseconds < lookMs * 1.5;
  if (!isEvidence || verdict === 'unjudged') return { verdict, streak };
  if (verdict === 'dead') return { verdict, streak: 0 };
  return streak + 1 < deadAfter ? { verdict, streak: streak + 1 } : { verdict: 'dead', streak: 0 };
}
