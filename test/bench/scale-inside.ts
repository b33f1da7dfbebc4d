// The part of `npm run bench -- scale-dataplane` that runs in namespaces of its own. Says ScaleLine.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { describeRate, type IperfWay, requireIperf, runIperf } from '../../hack/lib/iperf.ts';
import { createKernel } from '../../src/agent/kernel.ts';
import { parseNodeLinks } from '../../src/agent/node-addresses.ts';
import { nodeDevices } from '../../src/agent/node-devices.ts';
import { underlayOf } from '../../src/agent/underlay.ts';
import { selectPlan } from '../../src/compile/select.ts';
import { createNft } from '../../src/dataplane/nft/exec.ts';
import { createNftSession } from '../../src/dataplane/nft/session.ts';
import { createRouting } from '../../src/dataplane/route/exec.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { exchange, startEchoServer } from '../support/dataplane/exchange.ts';
import { addPod, buildNetwork, inside } from '../support/dataplane/network.ts';
import { arrivals, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, owner, standby, type TestNode, third } from '../support/dataplane/places.ts';
import { makeOwner, runnerIn, sysctlsIn } from '../support/dataplane/program.ts';
import { viewOf } from '../support/dataplane-case.ts';
import { prepareNamespace } from '../support/netns.ts';
import { emit, leave, progress } from './lab-run.ts';
import {
  allRoutes,
  newPod,
  routeNetwork,
  routesOfMany,
  type ScaleSize,
  scaleCase,
  scalePods,
  scalePorts,
  scaleSizes,
} from './scale-cluster.ts';
import { policyPlace, programPolicies, timePolicyUpdate } from './scale-policies.ts';

/** What was measured with so much programmed; rates are packets or bits that arrived per second, times milliseconds. */
export type ScaleLine = { readonly size: number; readonly round: number } & (
  | { readonly rate: ScaleLoad; readonly value: number }
  | { readonly time: ScaleTime; readonly value: number }
  | { readonly lost: number; readonly sent: number }
);
/** `flow`, `tcp`: one flow through the Gateway; `fresh`: every packet another flow; `none`: of a Pod that is not selected; `policies`: rule per policy. */
export type ScaleLoad = 'flow' | 'tcp' | 'fresh one' | 'fresh many' | 'none' | 'policies';
/** `all`: from the size before; `pod`, `pod kernel`: one Pod more, and nft's part of that; `policy`: one rule more there; `restart`: an agent that knows nothing yet. */
export type ScaleTime = 'all' | 'all owner' | 'pod' | 'pod kernel' | 'policy' | 'restart' | 'restart owner';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: `${scaleSizes.length}` },
  },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const sizes = scaleSizes.slice(0, Number(values.sizes));
const updates = 10;
const over = new AbortController();
const way = (pod: string): IperfWay => ({
  client: `/run/netns/pod-${pod}`,
  server: `/run/netns/${outside.name}`,
  address: outside.ip,
});
const loads: Readonly<Record<ScaleLoad, (size: ScaleSize) => Promise<number>>> = {
  flow: () => runIperf(way('one'), '64-byte UDP', seconds),
  tcp: () => runIperf(way('one'), 'TCP, 1 flow', seconds),
  'fresh one': (size) => freshFlows('pod-one', size),
  'fresh many': (size) => freshFlows('pod-many', size),
  none: () => runIperf(way('none'), '64-byte UDP', seconds),
  policies: () => runIperf(way('policies'), '64-byte UDP', seconds),
};

prepareNamespace();
await requireIperf();
const plain: TestNode = policyPlace.node;
buildNetwork([third, owner, standby, plain]);
for (const pod of [...Object.values(scalePods), policyPlace]) addPod(pod);
makeOwner(owner);
await startEchoServer(outside.name, [outside.ip, outside.ip6]);
inside(outside.name)('ip', ['route', 'add', 'local', allRoutes, 'dev', 'lo']);
// Counted by `watch` before, and nobody answers.
inside(outside.name)(
  'nft',
  ['-f', '-'],
  `table inet sink {
  chain take {
    type filter hook prerouting priority -350; policy accept;
    ip daddr ${allRoutes} drop
  }
}\n`,
);
const nodes = { third: createBenchNode(third), owner: createBenchNode(owner) };

for (let round = 0; round < rounds; round++) {
  for (const at of sizes.keys()) {
    const index = (at + round) % sizes.length;
    const size = sizes[index];
    if (size !== undefined) await measure(size, index, round);
  }
}
over.abort();
leave();

async function measure(size: ScaleSize, index: number, round: number): Promise<void> {
  const say = (line: object) => emit({ size: index, round, ...line });
  const here = `round ${round + 1} of ${rounds}, ${size.pods} Pods, ${size.routes} routes`;
  for (const [time, node] of [
    ['all', nodes.third],
    ['all owner', nodes.owner],
  ] as const) {
    const { totalMs } = await node.program(size);
    say({ time, value: totalMs });
    progress(`${here}: ${time}: ${totalMs.toFixed(0)} ms`);
  }
  await programPolicies(size.routes);
  for (const load of Object.keys(loads) as ScaleLoad[]) {
    for (const { name } of [third, owner, plain]) await runnerIn(name).run('conntrack', ['-F']);
    const value = await loads[load](size);
    say({ rate: load, value });
    progress(`${here}: ${load}: ${describeRate(load === 'tcp' ? 'TCP, 1 flow' : '64-byte UDP', value)}`);
  }
  for (let n = 1; n <= updates; n++) {
    const { totalMs, kernelMs } = await nodes.third.addPod(n);
    say({ time: 'pod', value: totalMs });
    say({ time: 'pod kernel', value: kernelMs });
    say({ time: 'policy', value: await timePolicyUpdate() });
  }
  await restart(say, here);
}

// An agent's successor reads what is there, finds it right, and writes nothing: of what is sent meanwhile nothing is lost.
async function restart(say: (line: object) => void, here: string): Promise<void> {
  const talking = startTalking();
  for (const [time, node] of [
    ['restart', nodes.third],
    ['restart owner', nodes.owner],
  ] as const) {
    const { totalMs, changed } = await node.restart();
    if (changed.length > 0) throw new Error(`a restart changed ${changed.join(', ')}`);
    say({ time, value: totalMs });
    progress(`${here}: ${time}: ${totalMs.toFixed(0)} ms`);
  }
  say(await talking.stop());
}

function startTalking() {
  let isDone = false;
  const talk = async () => {
    const total = { sent: 0, lost: 0 };
    while (!isDone) {
      const { sent, received } = await exchange('pod-one', {
        protocol: 'udp',
        to: outside.ip,
        count: 500,
        intervalMs: 2,
      });
      total.sent += sent;
      total.lost += sent - received;
    }
    return total;
  };
  const talking = talk();
  return {
    stop: () => {
      isDone = true;
      return talking;
    },
  };
}

async function freshFlows(pod: string, size: ScaleSize): Promise<number> {
  forgetArrivals();
  const networks = routesOfMany(size).map(routeNetwork);
  const some = networks.filter((_, n) => n % Math.ceil(networks.length / 200) === 0);
  const { from, to } = scalePorts;
  const script = join(import.meta.dirname, 'scale-sender.ts');
  const args = [process.execPath, script, some.join(','), `${from}-${to}`, `${seconds * 1_000}`];
  await promisify(execFile)('nsenter', [`--net=/run/netns/${pod}`, '--', ...args]);
  const arrived = arrivals()[gateways.gw.ipv4] ?? 0;
  if (arrived === 0) throw new Error(`nothing of ${pod} arrived as ${gateways.gw.ipv4}`);
  return arrived / seconds;
}

/** A node's agent without its watches, with a session of nft as it has. */
function createBenchNode(node: TestNode) {
  const runner = runnerIn(node.name);
  let kernelMs = 0;
  let isUpdating = false;
  const start = () => {
    const options = { runner, clock: systemClock, signal: over.signal };
    const nft = createNft({ ...options, session: createNftSession(options) });
    const commit: typeof nft.commit = async (transaction) => {
      const started = performance.now();
      await nft.commit(transaction);
      kernelMs = performance.now() - started;
    };
    // An agent reads files, here it takes a process to see the node's: left out where what an update costs is measured.
    const files = sysctlsIn(node.name);
    const sysctls: typeof files = { ...files, apply: async (wanted) => !isUpdating && (await files.apply(wanted)) };
    return createKernel({ nft: { ...nft, commit }, routing: createRouting(options), sysctls });
  };
  let kernel = start();
  let view = viewOf(scaleCase({ pods: 1, routes: 1, gateways: 1, nodes: 3 }, node));
  const apply = async () => {
    const links = parseNodeLinks((await runner.run('ip', ['-j', 'addr', 'show'])).stdout);
    const started = performance.now();
    const { plan } = selectPlan(view);
    const underlay = underlayOf(plan, links);
    if (underlay === undefined) throw new Error(`${node.name} has no link with its address`);
    const changed = await kernel.apply(plan, underlay, { networks: links, ...nodeDevices(links, plan) });
    return { totalMs: performance.now() - started, kernelMs, changed };
  };
  return {
    program: (size: ScaleSize) => {
      view = viewOf(scaleCase(size, node));
      return apply();
    },
    /** One Pod more than before, all else the very same objects. */
    addPod: async (n: number) => {
      view = { ...view, pods: [...view.pods, newPod(n)] };
      isUpdating = true;
      return await apply().finally(() => {
        isUpdating = false;
      });
    },
    restart: () => {
      kernel = start();
      return apply();
    },
  };
}
