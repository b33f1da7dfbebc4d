import type { Condition } from '../api/meta.ts';

/** Pure: "Programmed", or the reason of the condition that says why not. */
export function gatewayStateName(conditions: readonly Condition[]): string {
  const accepted = conditions.find(({ type }) => type === 'Accepted');
  const programmed = conditions.find(({ type }) => type === 'Programmed');
  if (accepted === undefined || programmed === undefined) return 'Unknown';
  if (accepted.status !== 'True') return accepted.reason;
  return programmed.status === 'True' ? 'Programmed' : programmed.reason;
}

/** Conditions of a Gateway by which something is wrong, and how that is called where True and False do not say so. */
const problems = [
  { type: 'Accepted', status: 'False', problem: 'NotAccepted' },
  { type: 'Programmed', status: 'False', problem: 'NotProgrammed' },
  { type: 'sallyport.dev/Degraded', status: 'True', problem: 'Degraded' },
  { type: 'sallyport.dev/AddressConflict', status: 'True', problem: 'AddressConflict' },
  { type: 'sallyport.dev/PathVerified', status: 'False', problem: 'PathNotVerified' },
] as const;

export interface GatewayProblem {
  readonly problem: (typeof problems)[number]['problem'];
  readonly reason: string;
}

/** Pure: what is wrong with a Gateway; one that is not accepted is not blamed for what follows from that. */
export function gatewayProblems(conditions: readonly Condition[]): readonly GatewayProblem[] {
  const found = problems.flatMap(({ type, status, problem }) => {
    const condition = conditions.find((each) => each.type === type && each.status === status);
    return condition === undefined ? [] : [{ problem, reason: condition.reason }];
  });
  const refused = found.filter(({ problem }) => problem === 'NotAccepted');
  return refused.length > 0 ? refused : found;
}
