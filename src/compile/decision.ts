import type { Finding } from '../api/reasons.ts';

/** A value, or why there is none. */
export type Decision<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly finding: Finding };

/** A parsed value, or which field is wrong and how. */
export type Parsed<Value> = { readonly ok: true; readonly value: Value } | ({ readonly ok: false } & FieldProblem);

/** `field` is the path inside the object, as "spec.networks[0].vlan". */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}
