import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bundle, bundleName, bundleSallyport, writeBundle } from '../../../../hack/lib/bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bundle-'));
let bundle: Bundle;
let main = '';
beforeAll(async () => {
  bundle = await bundleSallyport();
  main = await writeBundle(folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('it begins as a program, and is ASCII: one other character would double what each process holds of it', () => {
  expect(bundle.files[0]).toMatchObject({ path: bundleName, text: expect.stringMatching(/^#!\/usr\/bin\/env node\n/) });
  for (const { path, text } of bundle.files) expect([path, /[^\0-\x7f]/.test(text)]).toEqual([path, false]);
  expect(statSync(main).mode & 0o111).toBe(0o111);
});

test('the same sources make the same bundle', async () => {
  expect(await bundleSallyport()).toEqual(bundle);
});

/** The parts that a command loads. */
async function loaded(command: string): Promise<readonly string[]> {
  const watch = join(folder, 'watch.mjs');
  const hooks = `import { registerHooks } from 'node:module';
const seen = [];
registerHooks({ resolve: (name, context, next) => { const found = next(name, context); seen.push(found.url); return found; } });
process.on('exit', () => process.stderr.write('LOADED ' + JSON.stringify(seen)));`;
  writeFileSync(watch, hooks);
  const { stderr } = await promisify(execFile)(process.execPath, ['--import', watch, main, command, '--help']);
  const urls = JSON.parse(/LOADED (.*)$/.exec(stderr)?.[1] ?? '[]') as readonly string[];
  return urls.map((url) => url.slice(url.lastIndexOf('/') + 1));
}

// Where each is found is known by a text of its own.
const partsWith = (text: string) =>
  bundle.files.filter((file) => file.text.includes(text)).map(({ path }) => path.slice(path.lastIndexOf('/') + 1));

test("a node's processes load neither kubeconfigs nor the conformance suite, and the failover process no HTTP client", async () => {
  const kubeconfig = partsWith('loadFromDefault');
  const conformance = partsWith('GATEWAY-EGRESS');
  const client = partsWith('UND_ERR_CONNECT_TIMEOUT');
  for (const parts of [kubeconfig, conformance, client]) expect(parts.length).toBeGreaterThan(0);
  const agent = await loaded('agent');
  expect(agent.filter((part) => [...kubeconfig, ...conformance].includes(part))).toEqual([]);
  expect(agent).toEqual(expect.arrayContaining(client));
  const failover = await loaded('failover');
  expect(failover.filter((part) => [...kubeconfig, ...conformance, ...client].includes(part))).toEqual([]);
});
