// The part of `npm run bench -- throughput` that runs in a lab of at least four nodes. Says ThroughputLine per measurement.
import { parseArgs } from 'node:util';
import { namespaceYaml, podYaml } from '../support/lab-manifests.ts';
import { apply, runningPods } from '../support/lab-objects.ts';
import { bareNode } from './bare-node.ts';
import { makeFailoverWorld } from './failover-world.ts';
import { insideLab, ownerOf } from './inside-lab.ts';
import { type LoadName, loads, requireIperf, runIperf } from './iperf.ts';
import { emit, progress } from './lab-run.ts';
import { hopPod, makeStatelessHop } from './stateless-hop.ts';

/** Where it is sent from. `egress`: through the Gateway; `plain`: a Pod under no route; `hop`: the stateless hop; `bare`: no Sallyport. */
export const places = ['egress third', 'hop', 'plain third', 'bare', 'egress owner', 'plain owner'] as const;
export type Place = (typeof places)[number];

export interface ThroughputLine {
  readonly place: Place;
  readonly load: LoadName;
  readonly round: number;
  /** Bits per second (TCP) or datagrams per second (UDP) that arrived. */
  readonly rate: number;
}

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
const netns: Readonly<Record<Place, string>> = {
  'egress third': pod(`bench/${third}`),
  hop: hopPod,
  'plain third': pod(`plain/${third}`),
  bare: pod(`plain/${bare}`),
  'egress owner': pod('bench/owner'),
  'plain owner': pod(`plain/${owner}`),
};
for (let round = 0; round < Number(values.rounds); round++) {
  for (const load of Object.keys(loads) as LoadName[]) {
    // Another one first in every round.
    for (const place of [...places.slice(round % places.length), ...places.slice(0, round % places.length)]) {
      const rate = await runIperf(netns[place], load, Number(values.seconds));
      emit({ place, load, round, rate } satisfies ThroughputLine);
      const figure = load === '64-byte UDP' ? `${(rate / 1e3).toFixed(1)} k/s` : `${(rate / 1e9).toFixed(2)} Gbit/s`;
      progress(`round ${round + 1} of ${values.rounds}: ${load}, ${place}: ${figure}`);
    }
  }
}
process.exit(0);
