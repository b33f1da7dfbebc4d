import { sameData } from '../compile/canonical-json.ts';
import type { NodePlan } from '../compile/node-plan.ts';
import type { Neighbours } from '../dataplane/neighbour/exec.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Heard } from './heard.ts';
import type { Role } from './report.ts';

/** Addresses of a failover group that somebody else holds, and the link that they are on. */
export interface Question {
  readonly group: number;
  readonly device: string;
  readonly addresses: readonly string[];
  /** By name: what was heard while there were others says nothing of these. */
  readonly candidates: readonly string[];
}

export interface Asker {
  /** What is asked about from now on. */
  want(questions: readonly Question[]): void;
  /** By group; a group of which nothing is known yet is missing. */
  heard(): ReadonlyMap<number, Heard>;
  /** Resolves after abort. */
  readonly done: Promise<void>;
}

export interface AskerOptions {
  readonly neighbours: Neighbours;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** What is heard has changed. */
  onChange(): void;
}

/** A datagram may be lost, and an address on its way from one node to another is answered by nobody: three questions decide. */
const memory = 3;
/** Until enough is known; while something is odd; else. */
const pauses = { new: 1_000, odd: 3_000, usual: 10_000 } as const;
const longestPause = pauses.usual;

/**
 * Asks again and again who answers for the addresses, as any host on the link would (decisions.md 10): often while something is
 * new or odd, else every ten seconds.
 */
export function startAsking({ neighbours, clock, log, signal, onChange }: AskerOptions): Asker {
  let questions: readonly Question[] = [];
  let known: ReadonlyMap<string, readonly (readonly string[])[]> = new Map();
  let failures = 0;
  let wake = () => {};

  const askAll = async () => {
    const asked = questions;
    const next = new Map<string, readonly (readonly string[])[]>();
    const byDevice = Map.groupBy(asked, (question) => question.device);
    await neighbours.listen([...byDevice.keys()]);
    for (const [device, same] of byDevice) {
      const answers = await neighbours.ask(
        device,
        same.flatMap(({ addresses }) => addresses),
      );
      for (const [address, macs] of answers) next.set(address, [macs, ...(known.get(address) ?? [])].slice(0, memory));
    }
    if (asked !== questions) return;
    const before = hear(questions, known);
    known = next;
    if (!sameData([...before], [...hear(questions, known)])) onChange();
  };
  const onAsked = () => {
    failures = 0;
  };
  const onFailed = (error: unknown) => {
    if (signal.aborted) return;
    failures += 1;
    // What cannot be asked is not known, and stands in nobody's way.
    known = new Map();
    log.warn({ error: String(error) }, 'could not ask on the wire who has the egress addresses; tried again');
  };
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      clock.sleep(ms, signal).then(resolve, resolve);
    });
  const loop = async () => {
    while (!signal.aborted) {
      await pause(Math.min(longestPause, pauses[stateOf(questions, known)] * 2 ** failures));
      if (signal.aborted) break;
      await askAll().then(onAsked, onFailed);
    }
    await neighbours.listen([]).catch(() => {});
  };
  return {
    want: (next) => {
      if (sameData(questions, next)) return;
      const isAsked = ({ group, candidates }: Question) =>
        questions.some((before) => before.group === group && sameData(before.candidates, candidates));
      const asked = new Set(next.filter(isAsked).flatMap(({ addresses }) => addresses));
      known = new Map([...known].filter(([address]) => asked.has(address)));
      questions = next;
      wake();
    },
    heard: () => hear(questions, known),
    done: loop(),
  };
}

/** Pure: what this node asks about: the groups that it stands by for. */
export function questionsOf(
  plan: NodePlan,
  roles: ReadonlyMap<number, Role>,
  deviceOf: (group: NodePlan['groups'][number]) => string | undefined,
): readonly Question[] {
  return plan.groups.flatMap((group): Question[] => {
    const device = deviceOf(group);
    const addresses = group.vrrp?.egressAddresses ?? [];
    // Where the addresses are routed to the nodes, these may have no link in common.
    if (group.vrrp?.bgp !== undefined) return [];
    if (roles.get(group.group) !== 'Standby' || addresses.length === 0) return [];
    if (device === undefined || !plainDevice.test(device)) return [];
    const candidates = group.candidates.map(({ node }) => node).toSorted();
    return [{ group: group.group, device, addresses, candidates }];
  });
}

// It goes into a command of nft: a name with a quote in it is legal, and nobody's.
const plainDevice = /^[\w.@:+-]{1,15}$/;

type Known = ReadonlyMap<string, readonly (readonly string[])[]>;

/** Pure: answers to what is said of them. */
function hear(questions: readonly Question[], known: Known): ReadonlyMap<number, Heard> {
  return new Map(
    questions.flatMap(({ group, addresses }) => {
      const answers = addresses.flatMap((address) => {
        const macs = answersOf(known.get(address) ?? []);
        return macs === undefined ? [] : [{ address, macs }];
      });
      const answeredBy = mostFrequent(answers.flatMap(({ macs }) => macs));
      if (answers.length === 0) return [];
      const others = answers.filter(({ macs }) => macs.length !== 1 || macs[0] !== answeredBy);
      const heard: Heard = { ...(answeredBy === undefined ? {} : { answeredBy }), others };
      return [[group, heard] as const];
    }),
  );
}

// Undefined: nobody answered, but was not asked often enough to say so.
function answersOf(last: readonly (readonly string[])[]): readonly string[] | undefined {
  const macs = [...new Set(last.flat())].toSorted();
  return macs.length === 0 && last.length < memory ? undefined : macs;
}

function mostFrequent(macs: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const mac of macs) counts.set(mac, (counts.get(mac) ?? 0) + 1);
  return [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0];
}

function stateOf(questions: readonly Question[], known: Known): keyof typeof pauses {
  const last = questions.flatMap(({ addresses }) => addresses.map((address) => known.get(address) ?? []));
  if (last.some((answers) => answersOf(answers) === undefined)) return 'new';
  return last.every((answers) => answersOf(answers)?.length === 1) ? 'usual' : 'odd';
}
