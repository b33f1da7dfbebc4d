import type { Runner } from '../../platform/exec.ts';
import { ExecError } from '../../platform/exec-error.ts';
import type { Flow, FlowSelector } from './model.ts';
import { parseFlows } from './parse.ts';

/** The kernel's connection tracking. Throws ExecError and nothing else. */
export interface Conntrack {
  /** All flows of both families. */
  list(): Promise<readonly Flow[]>;
  /** Deletes what the selectors mean, in order; flows that are gone already are no error. Answers how many it deleted. */
  remove(selectors: readonly FlowSelector[]): Promise<number>;
}

/** Each run reads the whole table, which may hold a million flows. */
const timeoutMs = 60_000;

/** Runs `conntrack` (conntrack-tools ≥ 1.4.7), one process per selector: it cannot read commands from Node's stdin, a socket. */
export function createConntrack(options: { readonly runner: Runner }): Conntrack {
  const { runner } = options;
  return {
    // Without a family it lists both, in one walk.
    list: async () => parseFlows((await runner.run('conntrack', ['-L', '-o', 'extended'], { timeoutMs })).stdout),
    remove: async (selectors) => {
      let deleted = 0;
      for (const selector of selectors) deleted += await removeOne(runner, selector);
      return deleted;
    },
  };
}

async function removeOne(runner: Runner, selector: FlowSelector): Promise<number> {
  const args = deletionArgs(selector);
  const { stdout, stderr, exitCode } = await runner.run('conntrack', args, { timeoutMs, acceptExitCodes: [0, 1] });
  // It exits 1 for having found nothing, and for everything else, too.
  if (exitCode !== 0 && !stderr.includes('0 flow entries have been deleted')) {
    throw new ExecError({ failure: 'exit', command: 'conntrack', args, exitCode, stderr });
  }
  return stdout.split('\n').filter((line) => line.includes('src=')).length;
}

/** Arguments of the `conntrack -D` that deletes what a selector means. */
export function deletionArgs(selector: FlowSelector): readonly string[] {
  const family = selector.kind === 'exact' ? selector.flow.family : selector.family;
  return ['-D', '-f', `ipv${family}`, ...conditions(selector)];
}

function conditions(selector: FlowSelector): readonly string[] {
  switch (selector.kind) {
    case 'mark':
      return ['-m', `${selector.mark}/${selector.mask}`];
    case 'marked-source':
      return ['-m', `${selector.mark}/${selector.mask}`, '-s', selector.source];
    case 'source':
      return ['-s', selector.source];
    case 'pair':
      return ['-s', selector.source, '-d', selector.destination];
    case 'exact':
      return exactly(selector.flow);
  }
}

function exactly(flow: Flow): readonly string[] {
  const icmp = flow.family === 6 ? '--icmpv6' : '--icmp';
  const types =
    flow.icmp === undefined
      ? []
      : [`${icmp}-type`, `${flow.icmp.type}`, `${icmp}-code`, `${flow.icmp.code}`, `${icmp}-id`, `${flow.icmp.id}`];
  return [
    ...['-p', `${flow.protocol}`, '-s', flow.source, '-d', flow.destination],
    ...(flow.sourcePort === undefined ? [] : ['--sport', `${flow.sourcePort}`]),
    ...(flow.destinationPort === undefined ? [] : ['--dport', `${flow.destinationPort}`]),
    ...types,
  ];
}
