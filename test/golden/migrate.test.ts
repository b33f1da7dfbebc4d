import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { peers } from '../../src/migrate/model.ts';
import { readDocuments } from '../../src/migrate/read-documents.ts';
import { renderYaml, summarise } from '../../src/migrate/render-translation.ts';
import { translateFrom } from '../../src/migrate/translate.ts';

const folder = join(import.meta.dirname, 'migrate');
const cases = globSync('*/in.yaml', { cwd: folder }).map((path) => basename(dirname(path)));
const peerOf = (name: string) => peers.find((peer) => name.startsWith(`${peer}-`));

test.each(peers)('there are cases of %s', (peer) => {
  expect(cases.filter((name) => peerOf(name) === peer).length).toBeGreaterThanOrEqual(4);
});

// UPDATE_GOLDEN=1 rewrites the expectations: read the difference before committing it. out.txt is what stderr says.
test.each(cases.sort())('%s', (name) => {
  const from = peerOf(name);
  if (from === undefined) throw new Error(`${name} begins with no peer: ${peers.join(', ')}`);
  const documents = readDocuments('in.yaml', readFileSync(join(folder, name, 'in.yaml'), 'utf8'));
  const translation = translateFrom(documents, {
    from,
    namespace: 'platform',
    gatewayClass: 'egress',
    interface: 'eth0',
  });
  expect(translation.problems).toEqual([]);
  for (const [file, text] of [
    ['out.yaml', renderYaml(translation)],
    ['out.txt', summarise(translation)],
  ] as const) {
    const path = join(folder, name, file);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
  }
});
