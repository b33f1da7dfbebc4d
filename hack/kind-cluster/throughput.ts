import { readdirSync, readlinkSync } from 'node:fs';
import { describeRate, type IperfWay, measureRounds, type ThroughputLine } from '../lib/iperf.ts';
import { inPod, waiting } from './client.ts';
import type { ClusterNode } from './cluster.ts';
import { essentialsNamespace, ownerOf } from './essentials.ts';
import { podOn, yamlOf } from './objects.ts';
import type { Outside } from './outside.ts';
import type { Place } from './place.ts';

/** `egress`: through the Gateway, `plain`: a Pod under no route; on the Gateway's owner, or on another node. */
export type KindPlace = 'egress third' | 'plain third' | 'egress owner' | 'plain owner';

export interface ThroughputContext {
  readonly place: Place;
  readonly nodes: readonly ClusterNode[];
  readonly outside: Outside;
  readonly image: string;
}

const namespace = 'throughput';
const seconds = 5;
const tellNetns = inPod(() => {
  const { readlinkSync } = process.getBuiltinModule('node:fs');
  process.stdout.write(readlinkSync('/proc/self/ns/net'));
});

/**
 * What the Gateway of the essentials costs: iperf3 of this machine in the network namespaces of Pods and of the server outside, as root of the
 * machine that the nodes' containers run on.
 */
export async function measureThroughput(
  context: ThroughputContext,
  {
    rounds,
    say,
    onLine,
  }: { readonly rounds: number; say(text: string): void; onLine(line: ThroughputLine<KindPlace>): void },
): Promise<void> {
  const { place, nodes, outside, image } = context;
  const workers = nodes.filter(({ isWorker }) => isWorker).map(({ name }) => name);
  const owner = await ownerOf(place);
  const third = workers.find((name) => name !== owner) ?? '';
  const pod = (node: string) => ({ namespace, name: node, node, image, command: waiting });
  await place.kubectl(['create', 'namespace', namespace]);
  try {
    await place.kubectl(['apply', '-f', '-'], yamlOf(...[owner, third].map((node) => podOn(pod(node)))));
    await place.kubectl(['wait', '-n', namespace, 'pod', '--all', '--for=condition=Ready', '--timeout=60s']);
    const server = netnsFile(await place.docker(['exec', outside.container, ...tellNetns]));
    const from = async (namespaceOf: string, name: string): Promise<IperfWay> => {
      const netns = await place.kubectl(['exec', '-n', namespaceOf, name, '--', ...tellNetns]);
      return { client: netnsFile(netns), server, address: outside.address };
    };
    const selected = (node: string) => from(essentialsNamespace, `web-${workers.indexOf(node) + 1}`);
    const ways: Readonly<Record<KindPlace, IperfWay>> = {
      'egress third': await selected(third),
      'plain third': await from(namespace, third),
      'egress owner': await selected(owner),
      'plain owner': await from(namespace, owner),
    };
    for await (const line of measureRounds(ways, { rounds, seconds })) {
      say(`round ${line.round + 1} of ${rounds}: ${line.load}, ${line.place}: ${describeRate(line.load, line.rate)}`);
      onLine(line);
    }
  } finally {
    await place.kubectl(['delete', 'namespace', namespace, '--timeout=60s']);
  }
}

/** The file of a network namespace that some process of this machine is in, by what its `/proc/PID/ns/net` reads. */
function netnsFile(name: string): string {
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const file = `/proc/${pid}/ns/net`;
    try {
      if (readlinkSync(file) === name.trim()) return file;
    } catch {
      // It has ended, or is not ours to look at.
    }
  }
  throw new Error(
    `no process of this machine is in ${name.trim()}: --throughput needs root where the nodes' containers run`,
  );
}
