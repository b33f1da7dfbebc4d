import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

/** `lab probe`: one process in every pod's network namespace, all at once; a line of JSON per pod, in the order given. */
export async function probe(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      tcp: { type: 'string', default: '5' },
      interval: { type: 'string', default: '10' },
      for: { type: 'string', default: '5' },
      output: { type: 'string', short: 'o' },
    },
  });
  if (positionals.length === 0) throw new Error('usage: lab probe NS/POD... --tcp N --interval MS --for S');
  const tcp = wholeNumber('--tcp', values.tcp, 1000);
  const interval = wholeNumber('--interval', values.interval, 60_000);
  const seconds = wholeNumber('--for', values.for, 86_400);
  if (interval === 0) throw new Error('--interval must be at least 1');
  return (await Promise.all(positionals.map((pod) => probePod(pod, [tcp, interval, seconds])))).join('');
}

function wholeNumber(name: string, value: string, max: number): number {
  if (!/^\d{1,6}$/.test(value) || Number(value) > max)
    throw new Error(`${name} ${value}: not a whole number up to ${max}`);
  return Number(value);
}

async function probePod(pod: string, numbers: readonly number[]): Promise<string> {
  const netns = `/run/lab/pods/${pod}`;
  if (!/^[^/.][^/]*\/[^/.][^/]*$/.test(pod) || !existsSync(netns)) throw new Error(`no pod ${pod} runs here`);
  const script = join(import.meta.dirname, 'probe.ts');
  const args = [`--net=${netns}`, '--', process.execPath, script, pod, ...numbers.map(String)];
  const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const output = await text(child.stdout);
  if ((await ended) !== 0) throw new Error(`the probe in ${pod} failed`);
  return output;
}
