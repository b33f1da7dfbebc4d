import { describe, expect, it } from 'vitest';
import { isQuestion, stepsOf } from '../../../support/docs/reading.ts';

describe('stepsOf', () => {
  it('saves files and runs commands in the order of the page', () => {
    const steps = stepsOf([
      { info: 'yaml', text: '# a.yaml\nkind: A\n', line: 1 },
      { info: 'yaml', text: 'kind: B\n', line: 5 },
      { info: 'console not-run', text: '$ reboot\n', line: 8 },
      { info: 'yaml fragment', text: '# c.yaml\nspec: {}\n', line: 11 },
      { info: 'console', text: '$ kubectl apply -f a.yaml\na created\n$ true\n', line: 20 },
      { info: 'text', text: '$ none\n', line: 30 },
    ]);
    expect(steps).toEqual([
      { kind: 'save', name: 'a.yaml', text: '# a.yaml\nkind: A\n', line: 1 },
      { kind: 'save', name: 'c.yaml', text: '# c.yaml\nspec: {}\n', line: 11 },
      { kind: 'run', command: 'kubectl apply -f a.yaml', expected: ['a created'], line: 21 },
      { kind: 'run', command: 'true', expected: [], line: 23 },
    ]);
  });
});

describe('isQuestion', () => {
  it.each([
    'kubectl get pods -n shop',
    "kubectl get gateway -o jsonpath='{.status.addresses[?(@.a==1 && @.b)].value}'",
    'sallyport status',
    'lab whoami shop/web-0',
    'lab node node-1 -- nft list counter inet sallyport isolated',
  ])('%s: yes', (command) => {
    expect(isQuestion(command)).toBe(true);
  });

  it.each([
    'kubectl apply -f a.yaml',
    'kubectl get pods; kubectl delete pods --all',
    'kubectl get pods -o name | xargs kubectl delete',
    'sallyport drain node-1',
    'lab fault crash node-1',
  ])('%s: no', (command) => {
    expect(isQuestion(command)).toBe(false);
  });
});
