import { describe, expect, it } from 'vitest';
import { blocksOf, commandsOf, fileNameOf, objectsOf } from '../../../support/docs/blocks.ts';

const page = `# A page
\`\`\`yaml
# route.yaml
kind: A
---
kind: B
\`\`\`

<!-- not run: it needs
a cluster -->
\`\`\`console not-run
$ kubectl get nodes
\`\`\`
<!-- not above -->
text
\`\`\`
plain
\`\`\`
`;

describe('blocksOf', () => {
  it('finds fences with their line, info, text and the comment above', () => {
    expect(blocksOf(page)).toEqual([
      { info: 'yaml', line: 2, text: '# route.yaml\nkind: A\n---\nkind: B\n' },
      {
        info: 'console not-run',
        line: 11,
        text: '$ kubectl get nodes\n',
        comment: 'not run: it needs\na cluster',
      },
      { info: '', line: 16, text: 'plain\n' },
    ]);
  });

  it.each([
    ['  ```yaml\nkind: A\n  ```', 'line 1: a fence that is indented'],
    ['a\n```yaml\nkind: A\n', 'line 2: a fence that is left open'],
  ])('refuses %j', (text, message) => {
    expect(() => blocksOf(text)).toThrow(message);
  });
});

describe('commandsOf', () => {
  it('reads commands, their continuation and what they print', () => {
    const text = '$ kubectl get pods \\\n>   -n shop\nNAME\n> no continuation\n\nlast\n$ true\n';
    expect(commandsOf({ text, line: 7 })).toEqual([
      {
        command: 'kubectl get pods \\\n  -n shop',
        expected: ['NAME', '> no continuation', '', 'last'],
        line: 8,
      },
      { command: 'true', expected: [], line: 14 },
    ]);
  });

  it('refuses output without a command', () => {
    expect(() => commandsOf({ text: 'NAME\n', line: 3 })).toThrow('line 4: a console block begins with "$ "');
  });
});

describe('YAML blocks', () => {
  it('have a file name in their first line, or none', () => {
    expect(fileNameOf({ text: '# route.yaml\nkind: A\n' })).toBe('route.yaml');
    expect(fileNameOf({ text: '# A route.\nkind: A\n# route.yaml\n' })).toBeUndefined();
    expect(fileNameOf({ text: '# ../route.yaml\n' })).toBeUndefined();
  });

  it('hold objects; a broken one throws', () => {
    expect(objectsOf({ text: '# a.yaml\nkind: A\n---\nkind: B\n' })).toEqual([{ kind: 'A' }, { kind: 'B' }]);
    expect(() => objectsOf({ text: 'a: [1\n' })).toThrow();
  });
});
