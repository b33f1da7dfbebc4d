import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { LabOptions } from './options.ts';
import type { RemoteAnswer } from './remote.ts';
import type { SeenTotals } from './seen.ts';

export type StartLabOptions = Partial<Omit<LabOptions, 'command'>> & {
  /** Variables added to the environment of the lab. */
  readonly env?: Readonly<Record<string, string>>;
};

export interface LabResult {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WhoamiOptions {
  readonly to?: string;
  readonly port?: number;
  readonly udp?: boolean;
  readonly ipv6?: boolean;
}

/** What `lab probe` says of one pod. */
export interface ProbeResult {
  readonly pod: string;
  readonly udp: {
    readonly sent: number;
    readonly received: number;
    readonly longestGapMs: number;
    readonly sources: readonly string[];
  };
  readonly tcp: {
    readonly opened: number;
    readonly survived: number;
    readonly longestStallMs: number;
    readonly sources: readonly string[];
  };
}

export interface ProbeOptions {
  readonly tcp: number;
  readonly intervalMs: number;
  readonly seconds: number;
}

/** A running lab, seen from outside. Every method runs a command of README.md inside it. */
export interface Lab extends AsyncDisposable {
  /** The process whose death ends the lab. */
  readonly pid: number;
  /** Runs a command in the lab, whatever its status. */
  readonly run: (command: readonly string[], input?: string) => Promise<LabResult>;
  /** Its stdout; throws with its stderr when it fails. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** `kubectl apply -f -`. */
  readonly apply: (manifest: string) => Promise<void>;
  /** The source address that the outside server saw; null when blocked. */
  readonly whoami: (pod: string, options?: WhoamiOptions) => Promise<string | null>;
  /** Packets by source address since the last reset. */
  readonly seen: () => Promise<Readonly<Record<string, number>>>;
  readonly resetSeen: () => Promise<void>;
  /** Packets in the lab's whole life. */
  readonly totals: () => Promise<SeenTotals>;
  readonly probe: (pods: readonly string[], options: ProbeOptions) => Promise<readonly ProbeResult[]>;
  /** The arguments of `lab fault`. */
  readonly fault: (...args: readonly string[]) => Promise<void>;
  /** The node that answers for the Gateway's addresses; null unless exactly one host does. */
  readonly owner: (gateway: string) => Promise<string | null>;
}

/** Starts a lab and resolves when it is ready; throws with what it said when it is not. End it with `await using`. */
export async function startLab(options: StartLabOptions = {}): Promise<Lab> {
  const remote = join(import.meta.dirname, 'remote.ts');
  const child = spawn(join(import.meta.dirname, 'run'), [...labArguments(options), '--', 'node', remote], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (status, signal) => resolve(`ended with ${status ?? signal}`));
  });
  const link = connectRemote(
    child.stdin,
    child.stdout,
    ended.then((why) => new Error(`the lab ${why}:\n${said.slice(-30).join('\n')}`)),
  );
  await link.ready;
  return describeLab(child, link.run, ended);
}

function labArguments({
  nodes,
  joinLater,
  networks,
  ipFamily,
  cni,
  cri,
  advert,
  manifests = [],
  bare = false,
  keep,
  image,
  bundles = {},
  install,
}: StartLabOptions): readonly string[] {
  const numbers = {
    '--nodes': nodes,
    '--join-later': joinLater,
    '--networks': networks,
    '--ip-family': ipFamily,
    '--cni': cni,
    '--cri': cri,
    '--advert': advert,
    '--keep': keep,
    '--image': image,
    '--install': install,
  };
  return [
    ...Object.entries(numbers).flatMap(([name, value]) => (value === undefined ? [] : [name, `${value}`])),
    ...manifests.flatMap((path) => ['--manifests', path]),
    ...Object.entries(bundles).flatMap(([tag, file]) => ['--bundle', `${tag}=${file}`]),
    ...(bare ? ['--bare'] : []),
  ];
}

interface RemoteLink {
  readonly ready: Promise<unknown>;
  readonly run: Lab['run'];
}

/** The other side of remote.ts; when the lab ends, everything that still waits fails with `failure`. */
function connectRemote(input: Writable, output: Readable, failure: Promise<Error>): RemoteLink {
  const waiting = new Map<
    number,
    { readonly resolve: (answer: LabResult) => void; readonly reject: (error: Error) => void }
  >();
  let next = 0;
  let over: Error | undefined;
  const expect = (id: number) =>
    new Promise<LabResult>((resolve, reject) => {
      if (over === undefined) waiting.set(id, { resolve, reject });
      else reject(over);
    });
  input.on('error', () => {}); // the lab has ended: `failure` says why
  createInterface({ input: output }).on('line', (line) => {
    const { id, ...answer }: RemoteAnswer = JSON.parse(line);
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  });
  void failure.then((error) => {
    over = error;
    for (const { reject } of waiting.values()) reject(error);
  });
  const ready = expect(next++);
  return {
    ready,
    run: (command, text = '') => {
      const id = next++;
      const answer = expect(id);
      input.write(`${JSON.stringify({ id, command, input: text })}\n`);
      return answer;
    },
  };
}

function describeLab(child: ChildProcess, run: Lab['run'], ended: Promise<unknown>): Lab {
  const must = async (command: readonly string[], input?: string) => {
    const { status, stdout, stderr } = await run(command, input);
    if (status !== 0) throw new Error(`${command.join(' ')}: ended with ${status}: ${stderr.trim()}`);
    return stdout;
  };
  return {
    pid: child.pid ?? 0,
    run,
    kubectl: (args, input) => must(['kubectl', ...args], input),
    apply: async (manifest) => void (await must(['kubectl', 'apply', '-f', '-'], manifest)),
    whoami: async (pod, options) =>
      parseAnswer(await run(['lab', 'whoami', pod, ...whoamiArguments(options), '-o', 'json']), 'source'),
    seen: async () => JSON.parse(await must(['lab', 'seen', '-o', 'json'])),
    resetSeen: async () => void (await must(['lab', 'seen', '--reset'])),
    totals: async () => JSON.parse(await must(['lab', 'seen', '--totals', '-o', 'json'])),
    probe: async (pods, { tcp, intervalMs, seconds }) => {
      const numbers = ['--tcp', `${tcp}`, '--interval', `${intervalMs}`, '--for', `${seconds}`];
      const lines = await must(['lab', 'probe', ...pods, ...numbers]);
      return lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    },
    fault: async (...args) => void (await must(['lab', 'fault', ...args])),
    owner: async (gateway) => {
      const answer = await run(['lab', 'owner', gateway, '-o', 'json']);
      const owner = parseAnswer(answer, 'owner');
      return answer.status === 0 ? owner : null;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin?.end();
      const late = setTimeout(() => child.kill('SIGTERM'), 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}

function whoamiArguments({ to, port, udp, ipv6 }: WhoamiOptions = {}): readonly string[] {
  return [
    ...(to === undefined ? [] : ['--to', to]),
    ...(port === undefined ? [] : ['--port', `${port}`]),
    ...(udp ? ['--udp'] : []),
    ...(ipv6 ? ['--ipv6'] : []),
  ];
}

/** One field of the JSON that a command prints with status 0 or 1; other statuses are mistakes. */
function parseAnswer({ status, stdout, stderr }: LabResult, field: string): string | null {
  if (status !== 0 && status !== 1) throw new Error(stderr.trim());
  const answer: Readonly<Record<string, string | null>> = JSON.parse(stdout);
  return answer[field] ?? null;
}
