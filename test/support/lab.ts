/**
 * Product tests in a lab, as a user runs it: manifests in, packets out. One lab per file, started before its first test and
 * ended after its last one; tests run in order and each has namespaces of its own.
 *
 *   const lab = useLab('journey', { nodes: 3 });
 *   it('gives the Pods one address', async () => {
 *     await apply(lab, gatewayYaml('shop/partners'));                       // lab-manifests.ts
 *     await untilProgrammed(lab, 'gateway', 'shop/partners');               // lab-objects.ts
 *     expect(await sourceOf(lab, 'shop/web')).toBe('192.0.2.100');          // what the outside server saw
 *   });
 *
 * SALLYPORT_E2E_KEEP=DIR keeps the logs, captures and configurations of every lab in DIR/<name>.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Lab, type StartLabOptions, startLab, type WhoamiOptions } from '../../hack/lab/start-lab.ts';

/** The lab of a test file; using it outside of its tests throws. */
export type TestLab = Pick<
  Lab,
  'run' | 'kubectl' | 'apply' | 'whoami' | 'seen' | 'resetSeen' | 'probe' | 'fault' | 'owner'
>;

const startTimeoutMs = 180_000;

/**
 * Starts a lab before the file's tests and ends it after them; `name` is its folder in SALLYPORT_E2E_KEEP. In its whole life no packet may arrive outside
 * with a source that nobody there may see, unless a fault `exposes` it (somebody flushes the ruleset) or the CNI lets Pods' addresses out.
 */
export function useLab(
  name: string,
  options: StartLabOptions,
  { exposes = options.cni === 'routed' }: { readonly exposes?: boolean } = {},
): TestLab {
  let lab: Lab | undefined;
  beforeAll(async () => {
    const keep = process.env['SALLYPORT_E2E_KEEP'];
    lab = await startLab({ ...options, ...(keep === undefined ? {} : { keep: join(keep, name) }) });
  }, startTimeoutMs);
  afterAll(async () => {
    const totals = await lab?.totals();
    await lab?.[Symbol.asyncDispose]();
    lab = undefined;
    if (totals === undefined) return;
    measured(`${name}: ${totals.strange} of ${totals.arrived} packets outside had a source that nobody there may see`);
    if (!exposes) expect(totals.strange).toBe(0);
  });
  const running = (): Lab => {
    if (lab === undefined) throw new Error('the lab runs only while the tests of its file do');
    return lab;
  };
  return {
    run: (command, input) => running().run(command, input),
    kubectl: (args, input) => running().kubectl(args, input),
    apply: (manifest) => running().apply(manifest),
    whoami: (pod, whoami) => running().whoami(pod, whoami),
    seen: () => running().seen(),
    resetSeen: () => running().resetSeen(),
    probe: (pods, probe) => running().probe(pods, probe),
    fault: (...args) => running().fault(...args),
    owner: (gateway) => running().owner(gateway),
  };
}

/** Asks until `question` answers something, at most `seconds`; throws with what was waited for and what `explain` says of it. */
export async function until<T>(
  what: string,
  question: () => Promise<T | undefined>,
  { seconds = 60, explain }: { readonly seconds?: number; readonly explain?: () => Promise<string> | string } = {},
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (answer !== undefined) return answer;
    if (performance.now() > end)
      throw new Error(
        `waited ${seconds} s in vain until ${what}${explain === undefined ? '' : `: ${await explain()}`}`,
      );
    await sleep(100);
  }
}

/** The first source address that the outside server sees of a Pod: a Pod may be held for a moment, but never leave wrongly. */
export async function sourceOf(lab: TestLab, pod: string, options: WhoamiOptions = {}): Promise<string> {
  return until(`the outside server hears from ${pod}`, async () => (await tryWhoami(lab, pod, options)) ?? undefined, {
    seconds: 20,
  });
}

/** Resolves once the Pod's new flows leave with this address: after changes that no condition announces. */
export async function untilSource(
  lab: TestLab,
  pod: string,
  { address, ...options }: WhoamiOptions & { readonly address: string },
): Promise<void> {
  let last: string | null = null;
  const ask = async () => {
    last = await tryWhoami(lab, pod, options);
    return last === address ? true : undefined;
  };
  await until(`${pod} leaves with ${address}`, ask, {
    seconds: 30,
    explain: () => `it left with ${last ?? 'nothing'}`,
  });
}

// A Pod is known to the API before its network namespace exists.
async function tryWhoami(lab: TestLab, pod: string, options: WhoamiOptions): Promise<string | null> {
  try {
    return await lab.whoami(pod, options);
  } catch (error) {
    if (error instanceof Error && /no pod .* runs here/.test(error.message)) return null;
    throw error;
  }
}

/** Prints to the test's output what was measured: figures of a noisy machine, to be read and not to be asserted. */
export function measured(text: string): void {
  process.stdout.write(`measured: ${text}\n`);
}
