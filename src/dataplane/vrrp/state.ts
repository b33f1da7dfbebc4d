import { canonicalIp } from '../../net/ip.ts';
import { type BgpSession, plain } from '../bgp/parse-protocols.ts';

/** What the failover process says of itself, in the file `state`. */
export interface FailoverState {
  /** Whether keepalived runs. */
  readonly running: boolean;
  /** Names of next hops that are dead: keepalived owns no failover group behind them. */
  readonly dead: readonly string[];
  /**
   * By failover group whose flows it replicates, and forgets itself: how far that is; a group that is missing is about to begin.
   * Absent: a process of before, which neither says so nor need replicate anything.
   */
  readonly flows?: ReadonlyMap<number, FlowsHeld>;
  /** How often, since it began, it put right what keepalived had left wrong: addresses of a group that it did not own, or none of one that it did; absent: never. */
  readonly corrected?: number;
  /** How often, since it began, this node became owner of a group, by cause; absent: never. */
  readonly takeovers?: readonly Takeovers[];
  /** Whether keepalived has real-time priority; absent: not known (yet), or it does not run. */
  readonly isUrgent?: boolean;
  /** Whether it announces addresses by BGP where it is told to; absent: a process of before, which does not. */
  readonly announces?: boolean;
  /** Its BGP sessions; absent: it has none, or BIRD does not answer. */
  readonly sessions?: readonly BgpSession[];
  /** What BIRD cannot do on this node, and what to do about it, printable ASCII; absent: nothing is known to be wrong. */
  readonly trouble?: string;
  /** Routers that do not answer while the other one of their name, of the other family, does: that name is not dead. */
  readonly silent?: readonly SilentRouter[];
}

/**
 * Why a node became owner: silence: adverts of the owner ceased; handover: the owner gave up, or was relieved by one of higher priority;
 * vacant: there was none to be heard.
 */
export type TakeoverCause = (typeof takeoverCauses)[number];
export const takeoverCauses = ['silence', 'handover', 'vacant'] as const;

export interface Takeovers {
  readonly group: number;
  readonly cause: TakeoverCause;
  /** Since the process began. */
  readonly count: number;
  /** How long the last of them took: from the last advert as VRRP's timer counts it, or the owner's word, until the tunnel address was here. */
  readonly lastMs: number;
}

/** A router by the name of its verdict, and its canonical address. */
export interface SilentRouter {
  readonly hop: string;
  readonly address: string;
}

/**
 * Whether this node holds the flows of a group: Synced: all of them, its owner's as copies; Syncing: not all of them yet; None: its
 * conntrackd cannot run.
 */
export type FlowsHeld = 'Synced' | 'Syncing' | 'None';

/** Text of `state`: `running` or `stopped`, a line `dead HOP` for each, `replicates`, a line `flows GROUP HELD` for each, `corrected N`, `urgent yes` or `urgent no`, a line `taken GROUP CAUSE COUNT MS` and `silent HOP ADDRESS` for each, `announces`, `trouble WORDS`, `bgp PEER ASN up|down ROUTES INFO` for each session. */
export function renderFailoverState(state: FailoverState): string {
  const { running, dead, flows, corrected = 0, isUrgent, sessions = [], silent = [], takeovers = [] } = state;
  const held = [...(flows ?? [])].toSorted(([a], [b]) => a - b).map(([group, each]) => `flows ${group} ${each}`);
  const replicates = flows === undefined ? [] : ['replicates', ...held];
  const deaths = dead.toSorted().map((hop) => `dead ${hop}`);
  const corrections = corrected === 0 ? [] : [`corrected ${corrected}`];
  const urgency = isUrgent === undefined ? [] : [`urgent ${isUrgent ? 'yes' : 'no'}`];
  const taken = takeovers.map(({ group, cause, count, lastMs }) => `taken ${group} ${cause} ${count} ${lastMs}`);
  const spoken = sessions.map(({ address, asn, established, announced, info }) =>
    `bgp ${address} ${asn} ${established ? 'up' : 'down'} ${announced} ${plain(info)}`.trimEnd(),
  );
  const first = running ? 'running' : 'stopped';
  const mute = silent.map(({ hop, address }) => `silent ${hop} ${address}`).toSorted();
  const bgp = [
    ...(state.announces === true ? ['announces'] : []),
    ...(state.trouble === undefined ? [] : [`trouble ${plain(state.trouble, mostTrouble)}`]),
    ...spoken.toSorted(),
  ];
  return [first, ...deaths, ...replicates, ...corrections, ...taken.toSorted(), ...urgency, ...mute, ...bgp, ''].join(
    '\n',
  );
}

/** Parses `state`; no file and anything strange mean that nothing runs; lines of a newer process that mean nothing here are left out. */
export function parseFailoverState(text: string | undefined): FailoverState {
  const [first, ...rest] = (text ?? '').split('\n');
  const dead = rest.flatMap((line) => /^dead (\S+)$/.exec(line)?.[1] ?? []);
  const running = first === 'running';
  const corrected = Number(rest.flatMap((line) => /^corrected (\d{1,9})$/.exec(line)?.[1] ?? [])[0] ?? 0);
  const sessions = rest.flatMap(sessionLine);
  const silent = rest.flatMap(silentLine);
  const takeovers = rest.flatMap(takenLine);
  const trouble = rest.flatMap((line) => /^trouble (\S.*)$/.exec(line)?.[1] ?? [])[0];
  return {
    ...{ running, dead },
    ...(rest.includes('announces') ? { announces: true } : {}),
    ...(trouble === undefined ? {} : { trouble: plain(trouble, mostTrouble) }),
    ...(silent.length === 0 ? {} : { silent }),
    ...(sessions.length === 0 ? {} : { sessions }),
    ...(rest.includes('replicates') ? { flows: new Map(rest.flatMap(flowsLine)) } : {}),
    ...(corrected === 0 ? {} : { corrected }),
    ...(takeovers.length === 0 ? {} : { takeovers }),
    ...(rest.includes('urgent yes') ? { isUrgent: true } : rest.includes('urgent no') ? { isUrgent: false } : {}),
  };
}

const mostTrouble = 400;

function takenLine(line: string): readonly Takeovers[] {
  const [, group, word, count, ms] = /^taken ([1-9]|1[0-4]) (\S+) (\d{1,9}) (\d{1,9})$/.exec(line) ?? [];
  const cause = takeoverCauses.find((each) => each === word);
  return cause === undefined ? [] : [{ group: Number(group), cause, count: Number(count), lastMs: Number(ms) }];
}

function silentLine(line: string): readonly SilentRouter[] {
  const [, hop = '', text = ''] = /^silent (\S{1,100}) ([\da-f.:]{2,45})$/.exec(line) ?? [];
  const address = canonicalIp(text);
  return address === undefined ? [] : [{ hop, address }];
}

function sessionLine(line: string): readonly BgpSession[] {
  const pattern = /^bgp ([\da-f.:]{2,45}) (\d{1,10}) (up|down) (\d{1,9})(?: (.*))?$/;
  const [, text = '', asn, word, announced, info = ''] = pattern.exec(line) ?? [];
  const address = canonicalIp(text);
  if (address === undefined) return [];
  const established = word === 'up';
  return [{ address, asn: Number(asn), established, announced: Number(announced), info: plain(info) }];
}

function flowsLine(line: string): readonly (readonly [number, FlowsHeld])[] {
  const [, group, word] = /^flows ([1-9]|1[0-4]) (\S+)$/.exec(line) ?? [];
  const held = heldWords.find((each) => each === word);
  return group === undefined || held === undefined ? [] : [[Number(group), held]];
}

const heldWords = ['Synced', 'Syncing', 'None'] as const;
