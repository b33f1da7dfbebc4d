import type { Runner } from '../../platform/exec.ts';
import type { Flow, FlowSelector } from './model.ts';
import { parseFlows } from './parse.ts';

/** The kernel's connection tracking. Throws ExecError and nothing else. */
export interface Conntrack {
  /** All flows of both families. */
  list(): Promise<readonly Flow[]>;
  /** Deletes what the selectors mean, in order; flows that are gone already are no error. Answers how many it deleted. */
  remove(selectors: readonly FlowSelector[]): Promise<number>;
}

const listTimeoutMs = 30_000;
/** One selector reads the whole table, which may hold a million flows. */
const removeTimeoutMs = 120_000;
/** Selectors in one process, so that the time limit is one of a bounded work. */
const selectorsPerRun = 100;

/** Runs `conntrack` (conntrack-tools ≥ 1.4.7: it reads commands from stdin). */
export function createConntrack(options: { readonly runner: Runner }): Conntrack {
  const { runner } = options;
  const list = async (family: string) => {
    const { stdout } = await runner.run('conntrack', ['-L', '-f', family, '-o', 'extended'], {
      timeoutMs: listTimeoutMs,
    });
    return parseFlows(stdout);
  };
  return {
    list: async () => (await Promise.all([list('ipv4'), list('ipv6')])).flat(),
    remove: async (selectors) => {
      let deleted = 0;
      for (let i = 0; i < selectors.length; i += selectorsPerRun) {
        const input = selectors
          .slice(i, i + selectorsPerRun)
          .map(renderDeletion)
          .join('\n');
        // Some versions exit 1 when a command found nothing; a line it cannot read is exit 2 and nothing is done.
        const accepted = { timeoutMs: removeTimeoutMs, acceptExitCodes: [0, 1] };
        const { stdout } = await runner.run('conntrack', ['-R', '-'], { ...accepted, input: `${input}\n` });
        deleted += stdout.split('\n').filter((line) => line.includes('src=')).length;
      }
      return deleted;
    },
  };
}

/** One line for `conntrack -R -`. */
export function renderDeletion(selector: FlowSelector): string {
  const family = selector.kind === 'exact' ? selector.flow.family : selector.family;
  return `-D -f ipv${family} ${conditions(selector).join(' ')}`;
}

function conditions(selector: FlowSelector): readonly string[] {
  switch (selector.kind) {
    case 'mark':
      return [`-m ${selector.mark}/${selector.mask}`];
    case 'source':
      return [`-s ${selector.source}`];
    case 'pair':
      return [`-s ${selector.source}`, `-d ${selector.destination}`];
    case 'exact':
      return exactly(selector.flow);
  }
}

function exactly(flow: Flow): readonly string[] {
  const icmp = flow.family === 6 ? '--icmpv6' : '--icmp';
  return [
    `-p ${flow.protocol} -s ${flow.source} -d ${flow.destination}`,
    ...(flow.sourcePort === undefined ? [] : [`--sport ${flow.sourcePort}`]),
    ...(flow.destinationPort === undefined ? [] : [`--dport ${flow.destinationPort}`]),
    ...(flow.icmp === undefined
      ? []
      : [`${icmp}-type ${flow.icmp.type} ${icmp}-code ${flow.icmp.code} ${icmp}-id ${flow.icmp.id}`]),
  ];
}
