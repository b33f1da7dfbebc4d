import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import { type Answer, parseAnswers } from './parse.ts';
import { askTable, renderAskTable, renderForgetting, renderQuestions } from './render.ts';
import { startTool, type Tool } from './tool.ts';

export interface SessionOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly devices: readonly string[];
}

/** Two programs that wait for commands, and the table that notes answers. */
export interface Session {
  /** See `Neighbours.ask`; rejects when one of the programs ends or does not answer, and for ever after. */
  ask(device: string, addresses: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Whether both programs run. */
  isUp(): boolean;
  /** Ends the programs and removes the table; never rejects. */
  end(): Promise<void>;
}

/** Hosts on one link answer within a millisecond or two; busy ones later. */
const listenMs = 400;
const longestListMs = 2_000;

/** Makes the table and starts the programs; rejects with ExecError when the table cannot be made (no such device). */
export async function startSession({ runner, clock, signal, devices }: SessionOptions): Promise<Session> {
  await runner.run('nft', ['-f', '-'], { input: renderAskTable(devices), signal });
  let failure: Error | undefined;
  let waiting: { resolve(listing: string): void; reject(error: Error): void } | undefined;
  const onEnd = (error: Error) => {
    failure ??= error;
    waiting?.reject(failure);
  };
  // It would stop at the first refused line anyway: `neigh` exits, -force or not.
  const ip = startTool({ runner, command: ['ip', '-batch', '-'], signal, onLine: () => {}, onEnd });
  // A build with another line editor may print its prompt, too.
  const onLine = (line: string) => line.startsWith('{') && waiting?.resolve(line);
  const nft = startTool({ runner, command: ['nft', '-j', '-i'], signal, onLine, onEnd });

  return {
    ask: async (device, addresses) => {
      if (failure !== undefined) throw failure;
      const listing = Promise.withResolvers<string>();
      const over = new AbortController();
      waiting = listing;
      ip.write(renderQuestions(device, addresses));
      listAfterAWhile(nft, clock, over.signal).catch(() => {});
      try {
        return macsOf(parseAnswers(await listing.promise), device, addresses);
      } finally {
        over.abort();
        waiting = undefined;
        ip.write(renderForgetting(device, addresses));
      }
    },
    isUp: () => failure === undefined,
    end: async () => {
      ip.stop();
      nft.stop();
      await Promise.all([ip.ended, nft.ended]);
      // Also after the signal, which would stop it.
      await runner.run('nft', ['delete', 'table', 'netdev', askTable]).catch(() => {});
    },
  };
}

async function listAfterAWhile(nft: Tool, clock: Clock, over: AbortSignal): Promise<void> {
  await clock.sleep(listenMs, over);
  nft.write(`list table netdev ${askTable}\n`);
  await clock.sleep(longestListMs, over);
  // Its error comes with its end: the table is gone, or nft was built without an interactive mode.
  nft.stop();
}

function macsOf(
  answers: readonly Answer[],
  device: string,
  addresses: readonly string[],
): Map<string, readonly string[]> {
  const heard = answers.filter((answer) => answer.device === device);
  const byAddress = Map.groupBy(heard, ({ address }) => address);
  return new Map(
    addresses.map((address) => [address, (byAddress.get(address) ?? []).map(({ mac }) => mac).toSorted()]),
  );
}
