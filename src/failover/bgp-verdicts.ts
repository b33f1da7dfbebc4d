import { canTell } from '../dataplane/bgp/judge-sessions.ts';
import { type BgpPlan, bgpHop } from '../dataplane/bgp/model.ts';
import type { BgpSession } from '../dataplane/bgp/parse-protocols.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import { writeInPlaceIfFull } from '../platform/files.ts';
import type { Logger } from '../telemetry/log.ts';

export interface VerdictOptions {
  readonly runDir: string;
  readonly log: Logger;
  /** Told of each verdict once keepalived can know it: dead, when no router can be told of any address of a group. */
  onVerdict(hop: string, isDead: boolean): Promise<void>;
  /** Told of all sessions whenever something changed. */
  onSessions(sessions: readonly BgpSession[]): void;
}

export interface Verdicts {
  /** Judges the groups of a plan from now on; undefined: none. */
  follow(plan: BgpPlan | undefined): Promise<void>;
  judge(sessions: readonly BgpSession[]): Promise<void>;
}

/** Leaves a verdict for each group where keepalived follows it; dead, until a session proves the contrary. What could not be written is tried again at the next judgement. */
export function createVerdicts(options: VerdictOptions): Verdicts {
  const { log, runDir } = options;
  let plan: BgpPlan | undefined;
  let sessions: readonly BgpSession[] = [];
  let told: readonly BgpSession[] | undefined;
  const given = new Map<number, boolean>();
  let giving = Promise.resolve();
  const give = async () => {
    for (const { group, ...part } of plan?.groups ?? []) {
      const isDead = !canTell(part, sessions);
      if (given.get(group) === isDead) continue;
      await writeInPlaceIfFull(failoverFiles(runDir).verdict(bgpHop(group)), isDead ? '1\n' : '0\n');
      given.set(group, isDead);
      log.info({ group, isDead }, 'BGP: whether a router can be told of the group');
      await options.onVerdict(bgpHop(group), isDead);
    }
    for (const group of [...given.keys()].filter(
      (each) => plan?.groups.every((known) => known.group !== each) ?? true,
    )) {
      given.delete(group);
      await options.onVerdict(bgpHop(group), false);
    }
    if (JSON.stringify(told) !== JSON.stringify(sessions)) options.onSessions(sessions);
    told = sessions;
  };
  const giveSoon = () => {
    giving = giving.then(give).catch((error: unknown) => {
      log.warn({ error: String(error) }, 'verdicts about BGP not written; tried again');
    });
    return giving;
  };
  return {
    follow: (next: BgpPlan | undefined) => {
      plan = next;
      if (plan === undefined) sessions = [];
      return giveSoon();
    },
    judge: (now: readonly BgpSession[]) => {
      sessions = now;
      return giveSoon();
    },
  };
}
