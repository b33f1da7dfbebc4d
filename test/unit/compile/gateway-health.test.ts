import { expect, test } from 'vitest';
import type { Condition } from '../../../src/api/meta.ts';
import { gatewayProblems, gatewayStateName } from '../../../src/compile/gateway-health.ts';

const condition = (type: string, status: Condition['status'], reason: string): Condition => ({
  ...{ type, status, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
});
const accepted = condition('Accepted', 'True', 'Accepted');
const programmed = condition('Programmed', 'True', 'Programmed');
const own = (type: string, status: Condition['status'], reason: string) =>
  condition(`sallyport.dev/${type}`, status, reason);

test.each([
  [[], 'Unknown', []],
  [[accepted, programmed], 'Programmed', []],
  [
    [accepted, programmed, own('Degraded', 'False', 'StandbyReady'), own('PathVerified', 'True', 'X')],
    'Programmed',
    [],
  ],
  [[accepted, programmed, own('PathVerified', 'Unknown', 'NotProgrammed')], 'Programmed', []],
  [[accepted, condition('Programmed', 'False', 'Pending')], 'Pending', [['NotProgrammed', 'Pending']]],
  [
    [
      ...[accepted, programmed, own('Degraded', 'True', 'NoStandby'), own('PathVerified', 'False', 'PathMtu')],
      own('AddressConflict', 'True', 'AddressConflict'),
    ],
    'Programmed',
    [
      ['Degraded', 'NoStandby'],
      ['AddressConflict', 'AddressConflict'],
      ['PathNotVerified', 'PathMtu'],
    ],
  ],
  [
    [condition('Accepted', 'False', 'InvalidParameters'), condition('Programmed', 'False', 'Invalid')],
    'InvalidParameters',
    [['NotAccepted', 'InvalidParameters']],
  ],
  [
    [condition('Accepted', 'Unknown', 'Pending'), condition('Programmed', 'False', 'Pending')],
    'Pending',
    [['NotProgrammed', 'Pending']],
  ],
] as const)('%j', (conditions, state, problems) => {
  expect(gatewayStateName(conditions)).toBe(state);
  expect(gatewayProblems(conditions).map(({ problem, reason }) => [problem, reason])).toEqual(problems);
});
