import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What became of the connections of one side when all of them were asked at once. */
export interface FlowCheck {
  /** All that this side speaks first on, also those that have ended. */
  readonly asked: number;
  readonly answered: number;
  /** Those that were not answered. */
  readonly lost: readonly LostFlow[];
}

/** A connection that did not survive. */
export interface LostFlow {
  /** The Pod's port as this side of the connection sees it. */
  readonly port: number;
  readonly asked: number;
  readonly answered: number;
  /** Why it ended; empty where it only stands still. */
  readonly error: string;
}

interface FirstSpeaker {
  readonly ask: () => void;
  readonly isAnswered: () => boolean;
  readonly describe: () => LostFlow;
}

const talkMs = 10_000;
const checkSpreadMs = 2_000;
const patienceMs = 30_000;

/** A connection of which this side speaks first: says a line now and then, and waits for its echo; `readPort` tells the Pod's port. */
export function speakFirst(socket: Socket, readPort: () => number | undefined): FirstSpeaker {
  let asked = 0;
  let answered = 0;
  let isBroken = false;
  let error = '';
  let port = 0;
  const ask = () => {
    if (isBroken) return;
    asked++;
    port = readPort() ?? port; // unknown once it has ended
    socket.write('x\n');
  };
  const talk = setInterval(ask, talkMs * (0.5 + Math.random()));
  const breakOff = (reason: Error | boolean) => {
    isBroken = true;
    error ||= reason instanceof Error ? reason.message : 'closed';
    clearInterval(talk);
  };
  socket.on('error', breakOff).on('close', breakOff);
  socket.on('data', (chunk) => {
    answered += chunk.toString('latin1').split('\n').length - 1;
  });
  return {
    ask,
    isAnswered: () => !isBroken && asked > 0 && answered >= asked,
    describe: () => ({ port, asked, answered, error }),
  };
}

/** A connection of which the other side speaks first: answers what it hears. */
export function speakSecond(socket: Socket): void {
  socket.on('error', () => {}); // the other side counts
  socket.on('data', (chunk) => void socket.write(chunk));
}

/** Asks all of them within two seconds and waits for the answers, at most half a minute. */
export async function checkFlows(flows: readonly FirstSpeaker[]): Promise<FlowCheck> {
  const step = 50;
  const slice = Math.ceil((flows.length * step) / checkSpreadMs);
  for (let at = 0; at < flows.length; at += slice) {
    for (const flow of flows.slice(at, at + slice)) flow.ask();
    await sleep(step);
  }
  const open = () => flows.filter((flow) => !flow.isAnswered());
  for (let waited = 0; waited < patienceMs && open().length > 0; waited += 200) await sleep(200);
  const lost = open().map((flow) => flow.describe());
  return { asked: flows.length, answered: flows.length - lost.length, lost };
}
