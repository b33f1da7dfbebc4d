import { expect, test } from 'vitest';
import { calledAs } from '../../../src/cli/called-as.ts';

test.each([
  ['/usr/bin/sallyport', { file: 'sallyport', words: 'sallyport', completes: false }],
  ['/app/src/cli/main.ts', { file: 'sallyport', words: 'sallyport', completes: false }],
  [undefined, { file: 'sallyport', words: 'sallyport', completes: false }],
  ['/x/.bin/kubectl-egress', { file: 'kubectl-egress', words: 'kubectl egress', completes: false }],
  ['/x/kubectl-egress.mjs', { file: 'kubectl-egress', words: 'kubectl egress', completes: false }],
  ['/x/kubectl_complete-egress', { file: 'kubectl-egress', words: 'kubectl egress', completes: true }],
])('%s', (path, expected) => {
  expect(calledAs(path)).toEqual(expected);
});
