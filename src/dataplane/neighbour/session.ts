import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import { interactiveEnv, startTool, type Tool } from '../../platform/tool.ts';
import { type Answer, parseAnswers } from './parse.ts';
import { type AskTable, renderAskTable, renderForgetting, renderQuestions } from './render.ts';

export interface SessionOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly devices: readonly string[];
  /** Default `sallyport-ask`. */
  readonly table?: AskTable;
}

/** Two programs that wait for commands, and the table that notes answers. */
export interface Session {
  /** See `Neighbours.ask`; rejects when one of the programs ends or does not answer, and for ever after. */
  ask(device: string, addresses: readonly string[], times: number): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Whether both programs run. */
  isUp(): boolean;
  /** Ends the programs and removes the table; never rejects. */
  end(): Promise<void>;
}

/** Hosts on one link answer within a millisecond or two; busy ones later. */
const listenMs = 400;
/** From one question to the next, of several. */
const betweenMs = 100;
const longestListMs = 2_000;

/** Makes the table and starts the programs; rejects with ExecError when the table cannot be made (no such device). */
export async function startSession(options: SessionOptions): Promise<Session> {
  const { runner, clock, signal, devices, table = 'sallyport-ask' } = options;
  await runner.run('nft', ['-f', '-'], { input: renderAskTable(table, devices), signal });
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
  const nft = startTool({ runner, command: ['nft', '-j', '-i'], env: interactiveEnv, signal, onLine, onEnd });

  return {
    ask: async (device, addresses, times) => {
      if (failure !== undefined) throw failure;
      const listing = Promise.withResolvers<string>();
      const over = new AbortController();
      waiting = listing;
      const questions = { text: renderQuestions(device, addresses), times };
      askAndList({ ip, nft, clock, table }, questions, over.signal).catch(() => {});
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
      await runner.run('nft', ['delete', 'table', 'netdev', table]).catch(() => {});
    },
  };
}

interface Tools {
  readonly ip: Tool;
  readonly nft: Tool;
  readonly clock: Clock;
  readonly table: AskTable;
}

async function askAndList(
  { ip, nft, clock, table }: Tools,
  questions: { readonly text: string; readonly times: number },
  over: AbortSignal,
): Promise<void> {
  for (let turn = 1; turn < questions.times; turn += 1) {
    ip.write(questions.text);
    await clock.sleep(betweenMs, over);
  }
  ip.write(questions.text);
  await clock.sleep(listenMs, over);
  nft.write(`list table netdev ${table}\n`);
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
