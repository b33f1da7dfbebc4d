// The part of `npm run bench -- skeleton` that runs inside a lab with config/samples/demo applied. Prints InsideFigures as JSON.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface InsideFigures {
  /** Per Pod, from its first watch event with phase Running; negative when its packets were right before the API said so. */
  readonly podMs: readonly number[];
  readonly wrongSources: number;
  readonly agentMiB: readonly number[];
  readonly controllerMiB: readonly number[];
  readonly quietSeconds: number;
  readonly quietProcesses: number;
}

const pods = 30;
const quietSeconds = 60;
const server = '198.51.100.10';
const kubectl = (...args: string[]) => execFileSync('kubectl', args, { encoding: 'utf8' });

const address = kubectl('get', 'gateway', '-n', 'shop', 'partners', '-o', 'jsonpath={.status.addresses[0].value}');
// Not the label of the sample's DaemonSet: that would adopt the Pods, and end them.
const route = {
  apiVersion: 'sallyport.dev/v1alpha1',
  kind: 'EgressRoute',
  metadata: { namespace: 'shop', name: 'bench' },
  spec: {
    parentRefs: [{ name: 'partners' }],
    rules: [{ matches: [{ podSelector: { matchLabels: { bench: 'yes' } } }] }],
  },
};
execFileSync('kubectl', ['apply', '-f', '-'], { input: JSON.stringify(route) });
await sleep(3_000);
const running = watchRunning();
const podMs: number[] = [];
let wrongSources = 0;
for (let n = 0; n < pods; n++) {
  const name = `bench-${n}`;
  const answer = firstPacket(`/run/lab/pods/shop/${name}`);
  kubectl('run', name, '-n', 'shop', '--image=example.com/bench', '--labels=bench=yes');
  const { at, others } = await answer;
  const since = await running.when(name);
  if (at === null) throw new Error(`${name} got no answer with ${address} within 10 s`);
  podMs.push(at - since);
  wrongSources += others;
}
running.stop();
kubectl('delete', 'pod', '-n', 'shop', '-l', 'bench=yes');
await sleep(10_000);
const before = spawned();
await sleep(quietSeconds * 1000);
const figures: InsideFigures = {
  podMs,
  wrongSources,
  agentMiB: residentMiB('agent'),
  controllerMiB: residentMiB('controller'),
  quietSeconds,
  quietProcesses: spawned() - before,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);

/** When the API said Running, as a client that watches saw it. */
function watchRunning() {
  const seen = new Map<string, number>();
  const child = spawn('kubectl', ['get', '--raw', '/api/v1/namespaces/shop/pods?watch=true']);
  child.stderr.pipe(process.stderr);
  let partial = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (partial + text).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) {
      const { object } = JSON.parse(line) as { object: { metadata: { name: string }; status?: { phase?: string } } };
      if (object.status?.phase === 'Running' && !seen.has(object.metadata.name))
        seen.set(object.metadata.name, Date.now());
    }
  });
  return {
    when: async (name: string): Promise<number> => {
      for (let waited = 0; waited < 10_000; waited += 5) {
        const at = seen.get(name);
        if (at !== undefined) return at;
        await sleep(5);
      }
      throw new Error(`${name} did not run within 10 s`);
    },
    stop: () => child.kill(),
  };
}

/** Sends from inside the Pod's namespace as soon as that exists. */
async function firstPacket(netns: string): Promise<{ readonly at: number | null; readonly others: number }> {
  const sender = join(import.meta.dirname, 'first-packet.ts');
  for (;;) {
    while (!existsSync(netns)) await sleep(1);
    const child = spawn('nsenter', [`--net=${netns}`, process.execPath, sender, server, address], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) output += String(chunk);
    // The link is there a moment before the namespace is.
    if (output !== '') return JSON.parse(output) as { at: number | null; others: number };
  }
}

function processes(command: string): { readonly pid: string }[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return args[0]?.endsWith('node') === true && args.includes(command) ? [{ pid }] : [];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

function residentMiB(command: string): number[] {
  return processes(command).map(({ pid }) => {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib) / 1024;
  });
}

/** Processes that all agents have spawned so far, by their own count. */
function spawned(): number {
  const source = `fetch('http://127.0.0.1:8481/metrics').then((r) => r.text()).then((t) => process.stdout.write(t))`;
  const nodes = kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}').split(' ');
  return nodes.reduce((sum, node) => {
    const text = execFileSync('nsenter', [`--net=/run/netns/${node}`, process.execPath, '-e', source], {
      encoding: 'utf8',
    });
    const lines = text.split('\n').filter((line) => line.startsWith('sallyport_agent_processes_total{'));
    return sum + lines.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  }, 0);
}
