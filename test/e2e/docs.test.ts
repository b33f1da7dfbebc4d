import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bindings, bindLiterally, matchOutput, substitute } from '../support/docs/expected-output.ts';
import { type Page, readPages, root } from '../support/docs/pages.ts';
import { isQuestion, type Step, stepsOf } from '../support/docs/reading.ts';
import { startScript } from '../support/frr.ts';
import { measured, until, useLab } from '../support/lab.ts';

// Reads every page as a person would: saves its files, types its commands, and compares what they print. All pages in one lab, one
// after the other; each leaves it as it was.
const lab = useLab('docs', { nodes: 3, networks: 2, manifests: [join(root, 'config/samples/shop')] });

/** What a page takes for granted, and a platform has. */
const surroundings: Readonly<Record<string, () => Promise<void>>> = {
  'docs/tasks/bgp.md': async () => {
    const router = {
      folder: '/run/frr-docs',
      asn: 65_000,
      id: '192.0.2.1',
      listen: ['192.0.2.0/24'],
      remoteAsn: 65_001,
    };
    await lab.run(['ip', 'netns', 'exec', 'router', 'sh', '-c', startScript(router)]);
  },
};
/** Those that leave a node behind that takes a while. */
const last = ['docs/quick-start.md'];

const readable = readPages().filter(({ blocks }) => stepsOf(blocks).some(({ kind }) => kind === 'run'));
const pages = [
  ...readable.filter(({ path }) => !last.includes(path)),
  ...readable.filter(({ path }) => last.includes(path)),
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-docs-'));
  await lab.kubectl(['rollout', 'status', '-n', 'shop', 'statefulset/payments']);
  await lab.kubectl(['rollout', 'status', '-n', 'shop', 'statefulset/web']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(pages)('$path', async (page) => {
  const since = performance.now();
  const place = join(folder, page.path.replaceAll('/', '-'));
  await mkdir(place);
  for (const name of ['config', 'hack']) await symlink(join(root, name), join(place, name));
  await surroundings[page.path]?.();
  try {
    await read(page, place);
  } catch (error) {
    await tidy(place);
    throw error;
  }
  if (page.path.startsWith('docs/tasks/')) await expectUndone(page, place);
  else await remove(page, place);
  measured(`${page.path}: ${((performance.now() - since) / 1000).toFixed(1)} s`);
});

async function read(page: Page, place: string): Promise<void> {
  let bindings: Bindings = new Map();
  for (const step of stepsOf(page.blocks)) {
    if (step.kind === 'save') {
      bindings = bindLiterally(step.text, bindings);
      await writeFile(join(place, step.name), substitute(step.text, bindings));
    } else bindings = await follow(step, { page, place, bindings: bindLiterally(step.command, bindings) });
  }
}

interface Reader {
  readonly page: Page;
  readonly place: string;
  readonly bindings: Bindings;
}

/** Runs one command; answers what the page's names stand for after it. Questions are asked again for a while. */
async function follow(step: Extract<Step, { kind: 'run' }>, { page, place, bindings }: Reader): Promise<Bindings> {
  const command = substitute(step.command, bindings);
  let printed = '';
  const ask = async (): Promise<Bindings | undefined> => {
    printed = await type(command, place);
    return matchOutput(step.expected, linesOf(printed), bindings);
  };
  const explain = () =>
    `${page.path}:${step.line}: $ ${command}\nshown:\n${step.expected.join('\n')}\nprinted:\n${printed}`;
  if (isQuestion(step.command)) return await until('it prints what the page shows', ask, { seconds: 20, explain });
  const after = await ask();
  if (after === undefined) throw new Error(explain());
  return after;
}

/** What a terminal would show; of a failure that says nothing its status. */
async function type(command: string, place: string): Promise<string> {
  const { stdout, status } = await lab.run(['bash', '-c', `cd '${place}' && { ${command}\n} 2>&1`]);
  return stdout === '' && status !== 0 ? `exit status ${status}\n` : stdout;
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
const filesOf = ({ blocks }: Page) =>
  stepsOf(blocks).flatMap((step) => (step.kind === 'save' ? ['-f', step.name] : []));

/** A task's last chapter says how to undo all of it. */
async function expectUndone(page: Page, place: string): Promise<void> {
  const files = filesOf(page);
  if (files.length === 0) return;
  expect(await type(`kubectl get ${files.join(' ')} --ignore-not-found -o name`, place)).toBe('');
}

async function remove(page: Page, place: string): Promise<void> {
  const files = filesOf(page);
  if (files.length > 0) await type(`kubectl delete ${files.join(' ')} --ignore-not-found`, place);
}

/** After a failure: what would fail the next pages, too. */
async function tidy(place: string): Promise<void> {
  await type('kubectl delete clusteregressroutes,egressroutes,gateways --all --all-namespaces', place);
  await type('kubectl delete gatewayclass sites routed --ignore-not-found', place);
  await type('kubectl delete egressclass isolation sites routed --ignore-not-found', place);
  await type('kubectl taint nodes --all sallyport.dev/drain-', place);
}
