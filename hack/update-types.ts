import { readdir, rm, writeFile } from 'node:fs/promises';
import { renderSchemaFile, schemaFile } from './types/schema-file.ts';
import { renderTypeFiles, typesFolder } from './types/type-files.ts';

// Writes src/api/gen and src/schema/crds.json from config/crd; hack/verify-types.ts is its twin that only compares.
const files = await renderTypeFiles();
const leftOver = (await readdir(typesFolder)).filter(
  (name) => name.endsWith('.ts') && !files.some((file) => file.name === name),
);
await Promise.all(leftOver.map((name) => rm(new URL(name, typesFolder))));
await Promise.all(files.map(({ name, text }) => writeFile(new URL(name, typesFolder), text)));
await writeFile(schemaFile, await renderSchemaFile());
