import { expect, test } from 'vitest';
import { findStaleTypes, renderTypeFiles } from '../../../hack/types/type-files.ts';

test('src/api/gen is what config/crd makes', async () => {
  expect(await findStaleTypes()).toEqual([]);
  expect(await renderTypeFiles()).toHaveLength(11);
});
