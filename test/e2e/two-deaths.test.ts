import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { DeathLine } from '../bench/two-deaths-inside.ts';
import { useLab } from '../support/lab.ts';

const lab = useLab('two-deaths', { nodes: 4 });
const script = fileURLToPath(new URL('../bench/two-deaths-inside.ts', import.meta.url));

it('of three candidates two die one after the other: the third has every connection, whoever speaks first', async () => {
  const { stdout, stderr } = await lab.run([process.execPath, script]);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as DeathLine);
  const all = { asked: 20, answered: 20 };
  expect(lines, stderr).toMatchObject([1, 2].map(() => ({ opened: 40, podFirst: all, outsideFirst: all })));
  expect(new Set(lines.map(({ dead }) => dead)).size).toBe(2);
  expect(lines[0]?.owner).toBe(lines[1]?.dead);
});
