// The part of `npm run bench -- throughput` that runs in a lab of at least four nodes. Says ThroughputLine per measurement.
import { parseArgs } from 'node:util';
import { describeRate, type IperfWay, measureRounds, requireIperf } from '../../hack/lib/iperf.ts';
import { namespaceYaml, podYaml } from '../support/lab-manifests.ts';
import { apply, runningPods } from '../support/lab-objects.ts';
import { bareNode } from './bare-node.ts';
import { makeFailoverWorld } from './failover-world.ts';
import { insideLab, ownerOf } from './inside-lab.ts';
import { emit, leave, progress } from './lab-run.ts';
import { hopPod, makeStatelessHop } from './stateless-hop.ts';

/** Where it is sent from. `egress`: through the Gateway; `plain`: a Pod under no route; `hop`: the stateless hop; `bare`: no Sallyport. */
export type LabPlace = 'egress third' | 'hop' | 'plain third' | 'bare' | 'egress owner' | 'plain owner';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '5' } },
});
const lab = insideLab();
await requireIperf();
const world = await makeFailoverWorld(lab, 'Default', 'bystanders');
const owner = await ownerOf(lab, world.gateway);
const [third = '', bare = ''] = world.nodes;
if (bare === '') throw new Error('two nodes that are no candidates are needed: --nodes 4');
await bareNode(lab, bare);
await apply(lab, podYaml('bench/owner', { node: owner }));
await apply(lab, namespaceYaml('plain'));
await apply(lab, ...[third, owner, bare].map((node) => podYaml(`plain/${node}`, { node })));
await runningPods(lab, 'plain', { count: 3 });
await runningPods(lab, 'bench', { count: world.pods.length + 1 });
await makeStatelessHop();
const pod = (key: string) => `/run/lab/pods/${key}`;
const from = (client: string): IperfWay => ({ client, server: '/run/netns/outside', address: '198.51.100.10' });
const ways: Readonly<Record<LabPlace, IperfWay>> = {
  'egress third': from(pod(`bench/${third}`)),
  hop: from(hopPod),
  'plain third': from(pod(`plain/${third}`)),
  bare: from(pod(`plain/${bare}`)),
  'egress owner': from(pod('bench/owner')),
  'plain owner': from(pod(`plain/${owner}`)),
};
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
for await (const line of measureRounds(ways, { rounds, seconds })) {
  emit(line);
  progress(`round ${line.round + 1} of ${rounds}: ${line.load}, ${line.place}: ${describeRate(line.load, line.rate)}`);
}
leave();
