import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { AgentsAnswer, AgentsAsk, AgentsSetup } from './words.ts';

type Question = AgentsAsk extends infer Ask ? (Ask extends AgentsAsk ? Omit<Ask, 'id'> : never) : never;

/** The processes of hollow nodes. */
export interface Crew extends AsyncDisposable {
  readonly pids: readonly number[];
  /** Starts the agents, all processes at once; resolves when all run, which is not when they are ready. */
  start(setup: AgentsSetup): Promise<void>;
  expect(text: string): Promise<void>;
  stop(node: string): Promise<void>;
  /** Of all of them together. */
  figures(): Promise<AgentsAnswer>;
}

/** Starts so many processes; an answer that does not come rejects with the end of its process. */
export function startCrew(size: number): Crew {
  const members = Array.from({ length: size }, startMember);
  const all = async (question: Question) => sum(await Promise.all(members.map((member) => member.ask(question))));
  return {
    pids: members.map(({ pid }) => pid),
    start: async ({ nodes, ...setup }) => {
      const shares = members.map((_, k) => nodes.filter((_, index) => index % members.length === k));
      await Promise.all(
        members.map((member, k) => member.ask({ kind: 'start', setup: { ...setup, nodes: shares[k] ?? [] } })),
      );
    },
    expect: async (text) => void (await all({ kind: 'expect', text })),
    stop: async (node) => void (await all({ kind: 'stop', node })),
    figures: () => all({ kind: 'figures' }),
    [Symbol.asyncDispose]: async () => {
      for (const { child } of members) child.kill('SIGKILL');
    },
  };
}

function startMember() {
  const child: ChildProcess = fork(join(import.meta.dirname, 'agents.ts'), [], {
    execArgv: ['--max-old-space-size=8192', '--max-semi-space-size=32'],
  });
  const waiting = new Map<number, { resolve(answer: AgentsAnswer): void; reject(error: Error): void }>();
  let last = 0;
  child.on('message', (said: { readonly id: number; readonly answer?: AgentsAnswer; readonly error?: string }) => {
    const asked = waiting.get(said.id);
    waiting.delete(said.id);
    if (said.answer !== undefined) asked?.resolve(said.answer);
    else asked?.reject(new Error(said.error));
  });
  child.on('exit', (code, signal) => {
    for (const asked of waiting.values()) asked.reject(new Error(`a process of hollow nodes ended: ${code ?? signal}`));
  });
  const ask = (question: Question): Promise<AgentsAnswer> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      child.send({ ...question, id: last });
    });
  return { child, pid: child.pid ?? 0, ask };
}

function sum(answers: readonly AgentsAnswer[]): AgentsAnswer {
  const total = (pick: (answer: AgentsAnswer) => number) => answers.reduce((all, answer) => all + pick(answer), 0);
  const verbs = new Set(answers.flatMap(({ requests }) => Object.keys(requests)));
  return {
    agents: total(({ agents }) => agents),
    ready: total(({ ready }) => ready),
    pods: total(({ pods }) => pods),
    changes: total(({ changes }) => changes),
    asExpected: total(({ asExpected }) => asExpected),
    requests: Object.fromEntries([...verbs].map((verb) => [verb, total(({ requests }) => requests[verb] ?? 0)])),
    cpuMs: total(({ cpuMs }) => cpuMs),
    residentMiB: total(({ residentMiB }) => residentMiB),
  };
}
