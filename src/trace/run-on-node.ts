import { randomBytes } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { ExitStatus, Runner } from '../platform/exec.ts';
import type { TracedFlow, TraceEvent } from './model.ts';
import { parseTraceLine } from './parse-line.ts';
import { addTraceTable, traceCommands, traceTable } from './rules.ts';

export interface NodeTraceOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly flows: readonly TracedFlow[];
  readonly signal: AbortSignal;
  /** The kernel tells of such packets from now on. */
  onReady(): void;
  onEvent(event: TraceEvent): void;
}

const markIntervalMs = 100;
/** A big ruleset takes `nft monitor` its time. */
const patienceMs = 20_000;
/** `nft -i` writes what it was told into a file at home. */
const homeless = { HOME: '/nonexistent' };

/**
 * Has this node's kernel tell of packets of these flows until the signal aborts (then resolves). What does so is a table that an `nft -i`
 * owns, and that the kernel deletes with this process, however it ends. Rejects when nft ends or refuses, or with ExecError.
 */
export async function traceOnNode({ signal: stop, ...options }: NodeTraceOptions): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const work = startTrace({ ...options, signal });
  try {
    await Promise.all(work);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    over.abort();
    await Promise.allSettled(work);
  }
}

function startTrace({ runner, clock, flows, signal, onReady, onEvent }: NodeTraceOptions): readonly Promise<void>[] {
  const table = traceTable(randomBytes(4).toString('hex'));
  const commands = traceCommands(table, flows);
  const heard = new AbortController();
  const input = Promise.withResolvers<(text: string) => void>();
  let missing = commands.filter((command) => command.startsWith('add rule ')).length;
  const monitor = runner.lines('nft', ['monitor'], {
    signal,
    onLine: (line) => {
      const event = parseTraceLine(line);
      if (event !== undefined) return onEvent(event);
      if (line.startsWith(`add chain ${table} heard`)) heard.abort();
      if (line.startsWith(`add rule ${table} `) && --missing === 0) onReady();
    },
  });
  const holder = runner.lines('nft', ['-i'], {
    ...{ signal, output: 'stderr', env: homeless, onInput: input.resolve },
    // libedit has words of its own where there is no terminal database, as in the image.
    onLine: (line) => {
      if (line.startsWith('Error')) throw new Error(`nft does not take what traces packets: ${line}`);
    },
  });
  const begin = async () => {
    const write = await Promise.race([input.promise, holder.then(() => undefined)]);
    if (write === undefined) return;
    write(`${addTraceTable(table)}\n`);
    await repeatUntilHeard(clock, AbortSignal.any([signal, heard.signal]), () =>
      write(`add chain ${table} heard\ndelete chain ${table} heard\n`),
    );
    write(`${commands.join('\n')}\n`);
  };
  return [mustStay('nft monitor', monitor, signal), mustStay('nft -i', holder, signal), begin()];
}

// Until the first mark is seen the monitor may still be loading, and is deaf.
async function repeatUntilHeard(clock: Clock, signal: AbortSignal, mark: () => void): Promise<void> {
  const deadline = clock.monotonic() + patienceMs;
  while (!signal.aborted) {
    if (clock.monotonic() > deadline) throw new Error(`nft monitor told of nothing within ${patienceMs / 1_000} s`);
    mark();
    await clock.sleep(markIntervalMs, signal).catch(() => {});
  }
}

async function mustStay(what: string, run: Promise<ExitStatus>, signal: AbortSignal): Promise<void> {
  const end = await run;
  if (!signal.aborted) throw new Error(`${what} ended: ${end.stderr.trim() || end.kind}`);
}
