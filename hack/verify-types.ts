import { readFile } from 'node:fs/promises';
import { renderSchemaFile, schemaFile } from './types/schema-file.ts';
import { findStaleTypes } from './types/type-files.ts';

// Fails when src/api/gen or src/schema/crds.json is not what hack/update-types.ts would write.
const schemas = await readFile(schemaFile, 'utf8').catch(() => '');
const isFresh = schemas === (await renderSchemaFile());
const stale = [...(await findStaleTypes()), ...(isFresh ? [] : ['src/schema/crds.json differs from config/crd'])];
for (const sentence of stale) console.error(`${sentence}: run hack/update-types.sh and commit the result`);
process.exitCode = stale.length === 0 ? 0 : 1;
