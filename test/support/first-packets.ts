import type { LabResult } from '../../hack/lab/start-lab.ts';
import type { TestLab } from './lab.ts';

/** How many datagrams `sendFirstPackets` sends. */
export const firstPackets = 200;

const script = `until [ -e "/run/lab/pods/$1" ]; do sleep 0.01; done
exec lab exec "$1" -- bash -c 'for ((i = 0; i < $0; i++)); do echo x > /dev/udp/198.51.100.10/8080; sleep 0.01; done' "$2"`;

/** From the moment on that the Pod has a network: a datagram every 10 ms for two seconds, each a flow of its own. */
export function sendFirstPackets(lab: TestLab, pod: string): Promise<LabResult> {
  return lab.run(['bash', '-c', script, 'first-packets', pod, `${firstPackets}`]);
}
