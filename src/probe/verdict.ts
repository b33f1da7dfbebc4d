/** What one burst of a target showed. */
export interface Burst {
  /** Small datagrams sent, and what came back of them, in any order. */
  readonly sent: number;
  readonly answers: readonly { readonly source: string; readonly node: string; readonly milliseconds: number }[];
  /** Sizes of whole IP packets that were sent as such: the tunnel's MTU first, smaller ones only where that one had no answer. */
  readonly sizes: readonly { readonly bytes: number; readonly answered: boolean }[];
}

/** What is expected of a target. */
export interface Expected {
  /** The egress address. */
  readonly address: string;
  /** The own probe's address: who sees it sees what no rule of the node has met. */
  readonly sender: string;
  readonly mtu: number;
}

export type ProbeResult = 'Verified' | 'NotCaught' | 'WrongSource' | 'NoAnswer' | 'PathMtu' | 'Loss';

/** A result as it is reported: rounded, so that equal paths have equal words. */
export interface Proof {
  readonly result: ProbeResult;
  /** The egress address that was proved, or was not. */
  readonly address: string;
  /** Whose reflector answered. */
  readonly node?: string;
  /** NotCaught and WrongSource: what it saw instead. */
  readonly source?: string;
  /** Bytes of the largest IP packet that came through, there and back. */
  readonly mtu?: number;
  /** In steps of 10; absent: none to speak of. */
  readonly lossPercent?: number;
  /** The next of 1, 2, 5, 10, 20, 50, … that is not smaller than the shortest of the burst. */
  readonly roundTripMilliseconds?: number;
}

/** A failover or a busy node loses single datagrams: that many of a burst are no news. */
const tolerated = 0.15;

/** What a burst means. The worst is told: what leaves wrongly before what does not leave, that before what is lost now and then. */
export function proofOf({ sent, answers, sizes }: Burst, { address, sender, mtu }: Expected): Proof {
  const [first] = answers;
  if (first === undefined) return { result: 'NoAnswer', address };
  const wrong = answers.find(({ source }) => source !== address);
  if (wrong !== undefined) {
    const { source, node } = wrong;
    return { result: source === sender ? 'NotCaught' : 'WrongSource', address, node, source };
  }
  const largest = Math.max(0, ...sizes.filter(({ answered }) => answered).map(({ bytes }) => bytes));
  const seen = {
    ...{ address, node: first.node, ...(largest === 0 ? {} : { mtu: largest }) },
    roundTripMilliseconds: roundUp(Math.min(...answers.map(({ milliseconds }) => milliseconds))),
  };
  const lost = 1 - Math.min(answers.length, sent) / sent;
  if (lost > tolerated) return { result: 'Loss', ...seen, lossPercent: Math.max(10, Math.round(lost * 10) * 10) };
  return { result: largest >= mtu ? 'Verified' : 'PathMtu', ...seen };
}

function roundUp(milliseconds: number): number {
  for (let step = 1; step < 10_000; step *= 10) {
    for (const factor of [1, 2, 5]) if (milliseconds <= step * factor) return step * factor;
  }
  return 10_000;
}
