import { expect, it } from 'vitest';
import { findStaleDocs, renderDocFiles } from '../../../../hack/api-docs/doc-files.ts';
import { reasons } from '../../../../src/api/reasons.ts';

it('the API reference is what config/crd and the reasons say', async () => {
  expect(await findStaleDocs()).toEqual([]);
});

it('no reason is left out', async () => {
  const text = (await renderDocFiles()).find(({ name }) => name === 'conditions.md')?.text ?? '';
  expect(Object.keys(reasons).filter((reason) => !text.includes(`| \`${reason}\` |`))).toEqual([]);
});
