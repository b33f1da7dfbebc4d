import type { Condition } from '../../../src/api/meta.ts';
import type { Wrong } from '../mistakes.ts';

/** What a condition is going to say. */
export interface Verdict {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

/** A verdict in one line. */
export function verdict(type: string, status: Condition['status'], reason: string, message: string): Verdict {
  return { type, status, reason, message };
}

/** Whether a verdict says True. */
export const isTrue = ({ status }: Verdict): boolean => status === 'True';

/** The conditions that are written over, and when. */
export interface Previous {
  readonly conditions: readonly Condition[];
  readonly generation: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const own: readonly string[] = [
  'Accepted',
  'Programmed',
  'ResolvedRefs',
  'Conflicted',
  'PartiallyInvalid',
  'SupportedVersion',
  'sallyport.dev/Degraded',
  'sallyport.dev/Shadowed',
];

/** `verdicts` as conditions; those of types that are not ours stay as they are. */
export function writeConditions(verdicts: readonly Verdict[], previous: Previous, wrong: Wrong): readonly Condition[] {
  const foreign = previous.conditions.filter(({ type }) => !own.includes(type));
  const ours = (wrong('ready-condition') ? [...verdicts, ready(verdicts)] : verdicts).map((one) => {
    return writeCondition(one, previous, wrong);
  });
  const kept = foreign.filter(({ type }) => type !== 'Ready');
  return kept.length > 0 && wrong('foreign-conditions-removed') ? ours : [...ours, ...kept];
}

function ready(verdicts: readonly Verdict[]): Verdict {
  return verdict('Ready', verdicts.every(isTrue) ? 'True' : 'False', 'Ready', 'as all conditions say');
}

function writeCondition(one: Verdict, { conditions, generation, now }: Previous, wrong: Wrong): Condition {
  const before = conditions.find(({ type }) => type === one.type);
  const same = before?.status === one.status;
  const moves = !same || (before.observedGeneration !== generation && wrong('transition-time-moves'));
  const created = before?.observedGeneration ?? generation;
  const observed = created !== generation && wrong('observed-generation-of-creation') ? created : generation;
  return {
    type: one.type,
    status: one.status,
    reason: one.reason,
    message: wrong('status-written-in-a-loop') ? `${one.message} at ${Math.floor(now / 5000)}` : one.message,
    ...(wrong('observed-generation-missing') ? {} : { observedGeneration: observed }),
    lastTransitionTime: moves ? rfc3339(now) : before.lastTransitionTime,
  };
}

/** RFC 3339 in seconds, as the API server writes it. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
