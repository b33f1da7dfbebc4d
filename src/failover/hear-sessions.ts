import type { BgpSession } from '../dataplane/bgp/parse-protocols.ts';

/** What BIRD said of its sessions, as far as it still counts. */
export interface Hearing {
  readonly sessions: readonly BgpSession[];
  /** When it answered last, monotonic, ms. */
  readonly at: number;
  /** By peer, another reason than the one that is told, and since when it is the only one. */
  readonly news: ReadonlyMap<string, { readonly info: string; readonly since: number }>;
}

export const nothingHeard: Hearing = { sessions: [], at: Number.NEGATIVE_INFINITY, news: new Map() };

/** For how long what a BIRD that runs said counts, while it does not answer: a router keeps a silent speaker's routes as long. */
export const silenceMs = 9_000;
/** For how long the reason of a lost session must be another until that is told: a router may give two by turns, one at each attempt, and those are some 10 s apart. */
export const reasonMs = 30_000;

/** Pure: what is known after one more question to a BIRD that runs; undefined: it did not answer. */
export function hearSessions(before: Hearing, answer: readonly BgpSession[] | undefined, now: number): Hearing {
  if (answer === undefined) return now - before.at < silenceMs ? before : nothingHeard;
  const heard = answer.map((session) => hearSession(before, session, now));
  return {
    sessions: heard.map(({ session }) => session),
    at: now,
    news: new Map(heard.flatMap(({ session, news }) => (news === undefined ? [] : [[session.address, news] as const]))),
  };
}

interface Heard {
  readonly session: BgpSession;
  readonly news?: { readonly info: string; readonly since: number };
}

function hearSession({ sessions, news }: Hearing, session: BgpSession, now: number): Heard {
  const { address, asn, established, info } = session;
  const told = sessions.find((each) => each.address === address && each.asn === asn);
  if (established || told === undefined || told.established || told.info === '' || told.info === info)
    return { session };
  const same = news.get(address);
  const since = same?.info === info ? same.since : now;
  if (now - since >= reasonMs) return { session };
  return { session: { ...session, info: told.info }, news: { info, since } };
}
