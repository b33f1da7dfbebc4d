import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { inNetns, tryTool } from '../../hack/lab/tools.ts';

/** What is sent: TCP over so many connections, or UDP datagrams of 64 bytes as fast as one sender can. */
export const loads = {
  'TCP, 1 flow': ['-P', '1'],
  'TCP, 8 flows': ['-P', '8'],
  '64-byte UDP': ['-u', '-b', '0', '-l', '64'],
};
export type LoadName = keyof typeof loads;

/** Throws, and says what to install, where iperf3 (of 3.12 on) is missing: only this bench needs it. */
export async function requireIperf(): Promise<void> {
  const { status } = await tryTool(['iperf3', '--version']).catch(() => ({ status: 127 }));
  if (status !== 0)
    throw new Error(
      'iperf3 is missing: apt-get install --yes --no-install-recommends iperf3 (Fedora, RHEL: dnf install iperf3)',
    );
}

/** What arrived at `outside`: bits per second of TCP, datagrams per second of UDP. `netns` is a file. */
export async function runIperf(netns: string, load: LoadName, seconds: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return rateOf(load, await attemptIperf(netns, load, seconds));
    } catch (error) {
      // A lost first datagram of UDP leaves iperf3 waiting for ever.
      if (attempt === 3) throw error;
      process.stderr.write(`bench: iperf3 once more: ${(error as Error).message.split('\n')[0]}\n`);
    }
  }
}

async function attemptIperf(netns: string, load: LoadName, seconds: number): Promise<IperfAnswer> {
  const [program = '', ...args] = inNetns('outside', ['iperf3', '--server', '--one-off', '--forceflush']);
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(server.stdout, 'data'); // it listens
    server.stdout.resume();
    const base = ['iperf3', '--client', '198.51.100.10', '--json', '--time', `${seconds}`, ...loads[load]];
    const command = [`--net=${netns}`, '--', ...base];
    const timeout = (seconds + 5) * 1_000;
    const { stdout } = await promisify(execFile)('nsenter', command, { timeout, maxBuffer: 2 ** 26 });
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
