import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import { parseAnswers } from './parse.ts';
import { askTable, renderAskTable, renderForgetting, renderQuestions } from './render.ts';

/** The hosts on a link; both methods throw ExecError or SyntaxError. */
export interface Neighbours {
  /**
   * Asks on the device who has each address, and answers the hardware addresses that answered, sorted; none for nobody. Takes
   * about half a second. The node must not hold the addresses itself: it would not ask. One question at a time.
   */
  ask(device: string, addresses: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** Hosts on one link answer within a millisecond or two; busy ones later. */
const listenMs = 400;

/** Runs `nft` (≥ 1.0.6, netdev ingress) and `ip` (≥ 6.1). */
export function createNeighbours(options: {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Neighbours {
  const { runner, clock, signal } = options;
  const batch = (input: string, args: readonly string[] = []) =>
    runner.run('ip', [...args, '-batch', '-'], { input, signal, acceptExitCodes: args.length === 0 ? [0] : [0, 1] });
  return {
    ask: async (device, addresses) => {
      await runner.run('nft', ['-f', '-'], { input: renderAskTable(device), signal });
      try {
        await batch(renderQuestions(device, addresses));
        await clock.sleep(listenMs, signal);
        const { stdout } = await runner.run('nft', ['-j', 'list', 'table', 'netdev', askTable], { signal });
        const found = Map.groupBy(parseAnswers(stdout), ({ address }) => address);
        const macsOf = (address: string) => new Set((found.get(address) ?? []).map(({ mac }) => mac));
        return new Map(addresses.map((address) => [address, [...macsOf(address)].toSorted()]));
      } finally {
        await batch(renderForgetting(device, addresses), ['-force']).catch(() => {});
        await runner.run('nft', ['delete', 'table', 'netdev', askTable]).catch(() => {});
      }
    },
  };
}
