import { readdir, readFile } from 'node:fs/promises';
import { readCrdSchemas } from './crd-schema.ts';
import { renderTypes, type TypeFile } from './render-types.ts';

const root = new URL('../../', import.meta.url);

/** Where the generated files live. */
export const typesFolder = new URL('src/api/gen/', root);

/** What src/api/gen must hold: one file for each CustomResourceDefinition of config/crd. */
export async function renderTypeFiles(): Promise<readonly TypeFile[]> {
  return (await readCrdSchemas(new URL('config/crd/', root))).map(renderTypes);
}

/** Compares src/api/gen with what it must hold: one sentence for each file that is missing, stale or left over. */
export async function findStaleTypes(): Promise<readonly string[]> {
  const wanted = await renderTypeFiles();
  const present = await readdir(typesFolder);
  const states = await Promise.all(
    wanted.map(async ({ name, text }) => {
      if (!present.includes(name)) return [`src/api/gen/${name} is missing`];
      return (await readFile(new URL(name, typesFolder), 'utf8')) === text
        ? []
        : [`src/api/gen/${name} differs from config/crd`];
    }),
  );
  const leftOver = present.filter((name) => name.endsWith('.ts') && !wanted.some((file) => file.name === name));
  return [...states.flat(), ...leftOver.map((name) => `src/api/gen/${name} has no CustomResourceDefinition`)];
}
