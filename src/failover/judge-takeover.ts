import type { TakeoverCause } from '../dataplane/vrrp/state.ts';

/** What keepalived said of a group since it became standby, times in ms. */
export interface GroupStory {
  readonly standbySince?: number;
  /** When the owner last said that it gives up. */
  readonly resignedAt?: number;
  /** When an owner of lower priority was last heard, which this node is to relieve. */
  readonly outrankedAt?: number;
  /** It is becoming owner: since when, why, and how long the group had none until then. */
  readonly taking?: { readonly since: number; readonly cause: TakeoverCause; readonly silentMs: number };
}

/** Pure: the story of a group after a line of keepalived's log (2.2.7, --log-detail); the same object where the line adds nothing. */
export function tellStory(
  story: GroupStory,
  line: string,
  { now, downMs }: { readonly now: number; readonly downMs: number },
): GroupStory {
  const state = /^entering (BACKUP|MASTER|FAULT) state\b/i.exec(line)?.[1]?.toUpperCase();
  if (state === 'MASTER') return { ...story, taking: { since: now, ...judge(story, now, downMs) } };
  if (state === 'BACKUP') return { standbySince: now };
  if (state === 'FAULT') return {};
  if (line.startsWith('Backup received priority 0 advertisement')) return { ...story, resignedAt: now };
  // With `preempt` it does not follow such an owner, and relieves it when its own timer ends: until then both have the addresses.
  if (/^received lower priority \(\d+\) advert .* discarding$/.test(line)) return { ...story, outrankedAt: now };
  return story;
}

/** The group that a line of keepalived is about, and the rest of the line. */
export function groupIn(line: string): { readonly group: number; readonly text: string } | undefined {
  const [, number, text] = /\(sallyport_(\d+)\):? (.*)/.exec(line) ?? [];
  return number === undefined || text === undefined ? undefined : { group: Number(number), text };
}

function judge({ standbySince, resignedAt, outrankedAt }: GroupStory, now: number, downMs: number) {
  const isRecent = (at: number | undefined): at is number => at !== undefined && now - at < 2 * downMs;
  if (isRecent(outrankedAt)) return { cause: 'handover', silentMs: 0 } as const;
  if (isRecent(resignedAt)) return { cause: 'handover', silentMs: now - resignedAt } as const;
  // Any advert would have begun its wait anew: it has heard none at all.
  const heardNone = standbySince === undefined || now - standbySince < 1.5 * downMs + slackMs;
  return heardNone ? ({ cause: 'vacant', silentMs: 0 } as const) : ({ cause: 'silence', silentMs: downMs } as const);
}

/** What reading keepalived's log may add. */
const slackMs = 100;
