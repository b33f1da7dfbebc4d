import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

/** What is sent: TCP over so many connections, or UDP datagrams of 64 bytes as fast as one sender can. */
export const loads = {
  'TCP, 1 flow': ['-P', '1'],
  'TCP, 8 flows': ['-P', '8'],
  '64-byte UDP': ['-u', '-b', '0', '-l', '64'],
};
export type LoadName = keyof typeof loads;

/** Where is measured; namespaces are files. */
export interface IperfWay {
  readonly client: string;
  readonly server: string;
  readonly address: string;
}

const inNetns = (netns: string, command: readonly string[]): readonly string[] => [`--net=${netns}`, '--', ...command];

/** Throws, and says what to install, where iperf3 (of 3.12 on) is missing: only measurements need it. */
export async function requireIperf(): Promise<void> {
  await promisify(execFile)('iperf3', ['--version']).catch(() => {
    throw new Error(
      'iperf3 is missing: apt-get install --yes --no-install-recommends iperf3 (Fedora, RHEL: dnf install iperf3)',
    );
  });
}

/** What arrived at the server: bits per second of TCP, datagrams per second of UDP. */
export async function runIperf(way: IperfWay, load: LoadName, seconds: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return rateOf(load, await attemptIperf(way, load, seconds));
    } catch (error) {
      // A lost first datagram of UDP leaves iperf3 waiting for ever.
      if (attempt === 3) throw error;
      process.stderr.write(`bench: iperf3 once more: ${(error as Error).message.split('\n')[0]}\n`);
    }
  }
}

async function attemptIperf(way: IperfWay, load: LoadName, seconds: number): Promise<IperfAnswer> {
  const listen = inNetns(way.server, ['iperf3', '--server', '--bind', way.address, '--one-off', '--forceflush']);
  const server = spawn('nsenter', listen, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(server.stdout, 'data'); // it listens
    server.stdout.resume();
    const send = ['iperf3', '--client', way.address, '--json', '--time', `${seconds}`, ...loads[load]];
    const timeout = (seconds + 5) * 1_000;
    const { stdout } = await promisify(execFile)('nsenter', inNetns(way.client, send), {
      timeout,
      maxBuffer: 2 ** 26,
    });
    return JSON.parse(stdout) as IperfAnswer;
  } finally {
    server.kill('SIGKILL');
  }
}

function rateOf(load: LoadName, { end }: IperfAnswer): number {
  if (load !== '64-byte UDP') return end.sum_received?.bits_per_second ?? 0;
  const { packets = 0, lost_packets = 0, seconds = Number.NaN } = end.sum ?? {};
  return (packets - lost_packets) / seconds;
}

interface IperfAnswer {
  readonly end: {
    readonly sum_received?: { readonly bits_per_second: number };
    readonly sum?: { readonly packets?: number; readonly lost_packets?: number; readonly seconds?: number };
  };
}

/** One measurement: bits per second (TCP) or datagrams per second (UDP) that arrived. */
export interface ThroughputLine<Place extends string> {
  readonly place: Place;
  readonly load: LoadName;
  readonly round: number;
  readonly rate: number;
}

/** All loads from all places, in rounds; another place first in every round. */
export async function* measureRounds<Place extends string>(
  ways: Readonly<Record<Place, IperfWay>>,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): AsyncGenerator<ThroughputLine<Place>> {
  const places = Object.keys(ways) as Place[];
  for (let round = 0; round < rounds; round++)
    for (const load of Object.keys(loads) as LoadName[])
      for (const place of [...places.slice(round % places.length), ...places.slice(0, round % places.length)])
        yield { place, load, round, rate: await runIperf(ways[place], load, seconds) };
}

/** A rate as people read it. */
export function describeRate(load: LoadName, rate: number): string {
  return load === '64-byte UDP' ? `${(rate / 1e3).toFixed(1)} k/s` : `${(rate / 1e9).toFixed(2)} Gbit/s`;
}
