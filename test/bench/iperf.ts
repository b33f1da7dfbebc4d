import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inNetns, tool, tryTool } from '../../hack/lab/tools.ts';

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

/** Starts the server in a namespace; it serves one run after the other. */
export async function startIperfServer(netns: string): Promise<ChildProcess> {
  const [program = '', ...args] = inNetns(netns, ['iperf3', '--server', '--forceflush']);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data'); // it listens
  child.stdout.resume();
  return child;
}

/** What arrived: bits per second of TCP, datagrams per second of UDP. `netns` is a file. */
export async function runIperf(netns: string, load: LoadName, seconds: number): Promise<number> {
  const base = ['iperf3', '--client', '198.51.100.10', '--json', '--time', `${seconds}`, ...loads[load]];
  const text = await tool(['nsenter', `--net=${netns}`, '--', ...base]);
  const { end } = JSON.parse(text) as IperfAnswer;
  if (load !== '64-byte UDP') return end.sum_received?.bits_per_second ?? 0;
  const { packets = 0, lost_packets = 0, seconds: lasted = seconds } = end.sum ?? {};
  return (packets - lost_packets) / lasted;
}

interface IperfAnswer {
  readonly end: {
    readonly sum_received?: { readonly bits_per_second: number };
    readonly sum?: { readonly packets?: number; readonly lost_packets?: number; readonly seconds?: number };
  };
}
