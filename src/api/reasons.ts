import { addressReasons } from './reasons-address.ts';
import { gatewayReasons } from './reasons-gateway.ts';
import { listenerReasons } from './reasons-listener.ts';
import { platformReasons } from './reasons-platform.ts';
import { routeReasons } from './reasons-route.ts';

/** One possible answer of the controller; `message` is a template whose {words} are filled by `finding`. */
export interface Reason {
  /** Condition type. */
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  /** When it is given, for the documentation and `explain`. */
  readonly when: string;
  readonly message: string;
  /** Event written when a condition turns to this reason; absent: none. */
  readonly event?: 'Normal' | 'Warning';
}

/**
 * Every reason of every condition: the key is the stable code of a decision (metric label, `explain` line),
 * `type`/`status`/`reason` are what the API shows. Nothing else in the product spells a reason.
 */
export const reasons = {
  ...platformReasons,
  ...gatewayReasons,
  ...listenerReasons,
  ...addressReasons,
  ...routeReasons,
} as const satisfies Record<string, Reason>;

/** The condition types that are ours, by what they stand on: all others are other controllers'. */
export const conditionTypes = {
  class: typesOf('Class'),
  pool: typesOf('Pool'),
  node: typesOf('Node'),
  gateway: typesOf('Gateway', 'Address'),
  listener: typesOf('Listener'),
} as const;

function typesOf(...subjects: readonly string[]): ReadonlySet<string> {
  const own = Object.entries(reasons).filter(([code]) => subjects.some((subject) => code.startsWith(subject)));
  return new Set(own.map(([, { type }]) => type));
}

/** The stable code of a decision. */
export type ReasonCode = keyof typeof reasons;

type Words<Text extends string> = Text extends `${string}{${infer Word}}${infer Rest}` ? Word | Words<Rest> : never;

/** The words a reason's message needs. */
export type ReasonWords<Code extends ReasonCode> = Readonly<
  Record<Words<(typeof reasons)[Code]['message']>, string | number>
>;

/** A decision as it travels through the compile: its code and the finished message. */
export interface Finding<Code extends ReasonCode = ReasonCode> {
  readonly code: Code;
  readonly message: string;
}

// metav1.Condition.message holds 32,768 characters; a status nobody can read helps nobody.
const longestMessage = 1024;

/** The decision `code` with its message template filled in (at most 1,024 characters). */
export function finding<Code extends ReasonCode>(code: Code, words: ReasonWords<Code>): Finding<Code> {
  const values = new Map<string, string | number>(Object.entries(words));
  const message = reasons[code].message.replace(/\{(\w+)\}/g, (_, word: string) => String(values.get(word) ?? ''));
  return { code, message: message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message };
}
