import { type FaultKind, faultKinds } from './failover-faults.ts';
import type { FailoverLine } from './failover-rounds.ts';
import type { Profile } from './failover-world.ts';
import { quantile } from './figures.ts';
import type { Row } from './section.ts';

type RoundLine = Extract<FailoverLine, { kind: 'round' }>;
type SeenLine = Extract<FailoverLine, { kind: 'seen' }>;

/** Goals of a crash, ms: of the median and of the 99th percentile of the longest UDP gap. */
const gapGoals: Readonly<Partial<Record<Profile, readonly [number, number]>>> = {
  Fast: [50, 100],
  Default: [500, 500],
};
const datagramsPerMove = 10_000;

/** The table of `failover` with one profile, and what is to be said of it. */
export function failoverRows(
  profile: Profile,
  lines: readonly FailoverLine[],
): { readonly rows: readonly Row[]; readonly notes: readonly string[] } {
  const rounds = lines.filter((line): line is RoundLine => line.kind === 'round');
  const crashes = rounds.filter(({ fault }) => fault !== 'planned');
  const rows = [
    ...(crashes.length > 0 ? [gapRow(profile, 'all crashes', crashes)] : []),
    ...faultKinds.flatMap((fault) =>
      faultRows(
        profile,
        fault,
        rounds.filter((round) => round.fault === fault),
      ),
    ),
    ...sourceRows(profile, lines),
  ];
  return { rows, notes: [note] };
}

const note = `Longest times of every round over the Pods of all nodes (a crashed node's own Pods have no network):
p50 / p99 / most. *Gap*: from the last datagram that was answered before a loss to the first one after it, as they were sent.
*Silence*: between two answers, whatever was late. The baseline is keepalived alone with the same interval of adverts, moving an address
between two hosts of the same lab, broken in the same way after every round. Kinds of crash: ports dead (crash), keepalived and conntrackd stopped (freeze), keepalived
killed (kill); the last two leave an old owner that goes on forwarding.`;

function gapRow(profile: Profile, what: string, rounds: readonly RoundLine[]): Row {
  const gaps = rounds.map(({ pods }) => Math.max(...pods.map(({ udp }) => udp.gapMs)));
  const [median, most] = gapGoals[profile] ?? [];
  const text = median === most ? `≤ ${most} ms` : `p50 ≤ ${median} ms, p99 ≤ ${most} ms`;
  const goal = median === undefined ? {} : { goal: text };
  const met = median === undefined ? undefined : quantile(gaps, 0.5) <= median && quantile(gaps, 0.99) <= (most ?? 0);
  const baseline = percentiles(rounds.map(({ alone }) => alone.udp.gapMs));
  return {
    measure: `${profile}: ${what} (${rounds.length}): UDP gap`,
    figure: percentiles(gaps),
    baseline,
    ...goal,
    met,
  };
}

function faultRows(profile: Profile, fault: FaultKind, rounds: readonly RoundLine[]): readonly Row[] {
  if (rounds.length === 0) return [];
  const pods = rounds.flatMap((round) => round.pods);
  const sum = (pick: (pod: (typeof pods)[number]) => number) => pods.reduce((total, pod) => total + pick(pod), 0);
  const longest = (pick: (pod: (typeof pods)[number]) => number) =>
    percentiles(rounds.map((round) => Math.max(...round.pods.map(pick))));
  const name = `${profile}: ${fault}`;
  const [opened, survived] = [sum(({ tcp }) => tcp.opened), sum(({ tcp }) => tcp.survived)];
  const silenceAlone = percentiles(rounds.map(({ alone }) => alone.udp.silenceMs));
  return [
    fault === 'planned' ? lossRow(name, rounds) : gapRow(profile, fault, rounds),
    { measure: `${name}: longest UDP silence`, figure: longest(({ udp }) => udp.silenceMs), baseline: silenceAlone },
    { measure: `${name}: the same in the second before`, figure: longest(({ udp }) => udp.quietMs) },
    {
      measure: `${name}: TCP connections that survived`,
      figure: `${survived} of ${opened}`,
      goal: 'all',
      met: survived === opened,
    },
    { measure: `${name}: longest TCP stall`, figure: longest(({ tcp }) => tcp.stallMs), ...stallGoal(fault, pods) },
  ];
}

// One retransmission timeout, 200 ms at least (RFC 6298, TCP_RTO_MIN of Linux).
function stallGoal(fault: FaultKind, pods: RoundLine['pods']): Pick<Row, 'goal' | 'met'> {
  if (fault !== 'planned') return {};
  return { goal: '< 200 ms', met: pods.every(({ tcp }) => tcp.stallMs < 200) };
}

function lossRow(name: string, rounds: readonly RoundLine[]): Row {
  const moves = rounds.map(({ pods }) => ({
    sent: pods.reduce((total, { udp }) => total + udp.sent, 0),
    lost: pods.reduce((total, { udp }) => total + udp.lost, 0),
  }));
  const lost = moves.reduce((total, move) => total + move.lost, 0);
  const alone = rounds.map((round) => round.alone.udp);
  const aloneLost = alone.reduce((total, udp) => total + udp.lost, 0);
  const aloneSent = alone.reduce((total, udp) => total + udp.sent, 0);
  const fewest = Math.min(...moves.map(({ sent }) => sent));
  const clean = moves.filter((move) => move.lost === 0).length;
  return {
    measure: `${name}: datagrams lost in ${moves.length} moves`,
    figure: `${lost}; ${clean} moves lost none; at least ${fewest} sent in each`,
    baseline: `${aloneLost} of ${aloneSent}`,
    goal: `0, of ${datagramsPerMove} each`,
    met: fewest < datagramsPerMove ? undefined : lost === 0,
  };
}

function sourceRows(profile: Profile, lines: readonly FailoverLine[]): readonly Row[] {
  const seen = lines.findLast((line): line is SeenLine => line.kind === 'seen');
  if (seen === undefined) return [];
  const figure = `${seen.wrong} of ${seen.right + seen.wrong}`;
  return [{ measure: `${profile}: packets with a wrong source`, figure, goal: '0', met: seen.wrong === 0 }];
}

function percentiles(values: readonly number[]): string {
  const at = (q: number) => quantile(values, q).toFixed(0);
  return `${at(0.5)} / ${at(0.99)} / ${at(1)} ms`;
}
