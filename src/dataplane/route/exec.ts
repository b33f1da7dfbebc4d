import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import { ExecError } from '../../platform/exec-error.ts';
import { type RouteBatch, type RouteOwnership, type RouteState, routeProtocol } from './model.ts';
import { parseRouteState } from './parse.ts';
import { type RouteWatch, watchRoutes } from './watch.ts';

/** One line of a batch that iproute2 refused; the other lines were run. */
export interface RouteFailure {
  readonly tool: RouteBatch['tool'];
  readonly line: string;
  readonly message: string;
}

/** Routing of the node. Throws ExecError when a tool cannot be run at all, and SyntaxError when it prints no JSON. */
export interface Routing {
  read(owned: RouteOwnership): Promise<RouteState>;
  /** Runs every line of every batch, in order, whatever fails; answers what failed. What waits for nothing runs at once (`stagesOf`). */
  apply(batches: readonly RouteBatch[]): Promise<readonly RouteFailure[]>;
  /**
   * Calls whenever something of ours may have changed, and once it has begun to listen; until abort. What changes within a quarter
   * of a second of an `apply`, which mostly is our own doing, it tells two seconds later.
   */
  watch(watch: RouteWatch): Promise<void>;
}

const batchTimeoutMs = 60_000;

const commands: Readonly<Record<RouteBatch['tool'], readonly [string, ...string[]]>> = {
  ip4: ['ip', '-4', '-force', '-batch', '-'],
  ip6: ['ip', '-6', '-force', '-batch', '-'],
  bridge: ['bridge', '-force', '-batch', '-'],
};

/** Runs `ip` and `bridge` of iproute2 (≥ 6.1). */
export function createRouting(options: { readonly runner: Runner; readonly clock: Clock }): Routing {
  const { runner, clock } = options;
  let changedAt = Number.NEGATIVE_INFINITY;
  return {
    read: async (owned) => parseRouteState(await readText(runner), owned),
    apply: async (batches) => {
      const failures: RouteFailure[] = [];
      changedAt = Number.POSITIVE_INFINITY;
      try {
        for (const stage of stagesOf(batches))
          failures.push(...(await Promise.all(stage.map((batch) => runBatch(runner, batch)))).flat());
      } finally {
        changedAt = clock.monotonic();
      }
      return failures;
    },
    watch: (watch) => watchRoutes({ ...options, ...watch, changedAt: () => changedAt }),
  };
}

/** Pure: batches of different tools that follow each other are one stage, but for links: what is on a device comes after it, and goes before. */
export function stagesOf(batches: readonly RouteBatch[]): readonly (readonly RouteBatch[])[] {
  const stages: RouteBatch[][] = [];
  for (const batch of batches) {
    const last = stages.at(-1);
    const fits = last?.every(({ tool }) => tool !== batch.tool) && ![...last, batch].some(changesLinks);
    if (last !== undefined && fits) last.push(batch);
    else stages.push([batch]);
  }
  return stages;
}

/** Whether it makes, changes or deletes devices. */
export function changesLinks({ lines }: RouteBatch): boolean {
  return lines.some((line) => line.startsWith('link '));
}

async function readText(runner: Runner) {
  const print = async (command: string, ...args: string[]) => (await runner.run(command, args)).stdout;
  const routes = (family: string) =>
    print('ip', '-N', '-j', family, 'route', 'show', 'table', 'all', 'proto', `${routeProtocol}`);
  const rules = (family: string) => print('ip', '-N', '-j', family, 'rule', 'show');
  const [links, routes4, routes6, rules4, rules6, neighbours, fdb] = await Promise.all([
    print('ip', '-N', '-d', '-j', 'addr', 'show'),
    routes('-4'),
    routes('-6'),
    rules('-4'),
    rules('-6'),
    print('ip', '-j', 'neigh', 'show', 'nud', 'permanent'),
    print('bridge', '-j', 'fdb', 'show'),
  ]);
  return { links, routes4, routes6, rules4, rules6, neighbours, fdb };
}

async function runBatch(runner: Runner, batch: RouteBatch): Promise<readonly RouteFailure[]> {
  const [command, ...args] = commands[batch.tool];
  const input = `${batch.lines.join('\n')}\n`;
  const { stderr, exitCode } = await runner.run(command, args, {
    input,
    timeoutMs: batchTimeoutMs,
    acceptExitCodes: [0, 1],
  });
  if (exitCode === 0) return [];
  const failures = parseBatchErrors(stderr).map(({ line, message }) => ({
    tool: batch.tool,
    line: batch.lines[line - 1] ?? '',
    message,
  }));
  if (failures.length === 0) throw new ExecError({ failure: 'exit', command, args, exitCode, stderr, input });
  return failures;
}

/** What `-force -batch` wrote to stderr: the message of each refused line, then `Command failed NAME:LINE` (from 1). */
export function parseBatchErrors(stderr: string): readonly { readonly line: number; readonly message: string }[] {
  const errors: { line: number; message: string }[] = [];
  let message: string[] = [];
  for (const text of stderr.split('\n')) {
    const end = /^Command failed .*:(\d+)$/.exec(text);
    if (end === null) {
      if (text !== '') message.push(text);
      continue;
    }
    errors.push({ line: Number(end[1]), message: message.join('; ') });
    message = [];
  }
  return errors;
}
