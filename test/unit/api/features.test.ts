import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { supportedFeatures } from '../../../src/api/gateway.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/features.md'), 'utf8');
const [said = '', planned = ''] = text.split('Defined, and not yet said');
const namesIn = (table: string) => [...table.matchAll(/^\| `(\w+)` \| (?:core|extended) \|/gm)].map(([, name]) => name);

test('docs/features.md lists exactly what the class says', () => {
  expect(namesIn(said)).toEqual(supportedFeatures);
  for (const name of namesIn(planned)) expect(supportedFeatures).not.toContain(name);
});
