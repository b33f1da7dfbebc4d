// The command that start-lab.ts runs in its lab: takes requests as lines of JSON on stdin, answers them on stdout, in any order.
// It ends with its stdin, and the lab with it: also when the process that started the lab was killed.
import { createInterface } from 'node:readline';
import { tryTool } from './tools.ts';

/** Runs a command in the lab. */
export interface RemoteRequest {
  readonly id: number;
  readonly command: readonly string[];
  readonly input: string;
}

export interface RemoteAnswer {
  readonly id: number;
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function send(answer: RemoteAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function serve(line: string): Promise<void> {
  const { id, command, input }: RemoteRequest = JSON.parse(line);
  try {
    send({ id, ...(await tryTool(command, input)) });
  } catch (error) {
    send({ id, status: 127, stdout: '', stderr: (error as Error).message });
  }
}

send({ id: 0, status: 0, stdout: '', stderr: '' });
for await (const line of createInterface({ input: process.stdin })) void serve(line);
process.exit(0);
