import { beforeAll, expect, it } from 'vitest';
import { watchPodPath } from '../../src/agent/pod-path.ts';
import { readCounters } from '../../src/dataplane/nft/counters.ts';
import { beaconAddress, beaconPort } from '../../src/net/beacon.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, podPlace, third } from '../support/dataplane/places.ts';
import { runnerIn } from '../support/dataplane/program.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { describeInNamespace } from '../support/netns.ts';
import { silentLog } from '../support/silent-log.ts';

// A CNI that takes what comes from a Pod's link and puts it on the wire, as eBPF host routing does, on the real kernel.
const pod = podPlace(third.name, third, 0);
const from = `pod-${pod.name}`;
const node = inside(third.name);

const send = async () => {
  for (const family of [4, 6] as const)
    await exchange(from, { protocol: 'udp', to: beaconAddress[family], port: beaconPort, waitMs: 50 });
};

const macOf = (where: string, device: string): string => {
  const [link] = JSON.parse(inside(where)('ip', ['-j', 'link', 'show', device])) as { address?: string }[];
  return link?.address ?? '';
};

/** What comes from the Pod's link goes to the router, before anything of the node's stack has seen it. */
const pastEverything = () => `table netdev cni {
  chain past {
    type filter hook ingress device "v-${pod.name}" priority -500; policy accept;
    ether saddr set ${macOf(third.name, 'eth0')} ether daddr set ${macOf(outside.name, 'eth0')} fwd to "eth0"
  }
}
`;

await describeInNamespace(import.meta.url, "whether Pods' packets meet the rules of their node", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
    await cluster.apply({ ...cluster.state, beacons: [pod.name] });
  });

  it('is told by the beacons that do, and none of them leaves', async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const watch = watchPodPath({
      ...{ clock, log: silentLog, signal: stop.signal, onChange: () => {} },
      readCounters: () => readCounters(runnerIn(third.name), { family: 'inet', name: 'sallyport' }),
    });
    /** So many looks, with beacons before each. */
    const look = async (times: number) => {
      for (let looks = 0; looks < times; looks += 1) {
        await send();
        await expect.poll(() => clock.sleeping()).toBe(1);
        await clock.advance(10_000);
        await expect.poll(() => clock.sleeping()).toBe(1);
      }
    };
    watch.want([pod.ip, pod.ip6]);
    await look(5);
    expect(watch.now()).toBeUndefined();
    expect(arrivals()).toEqual({});

    node('nft', ['-f', '-'], pastEverything());
    await look(4);
    expect(watch.now()).toMatchObject({ reason: 'PastNetfilter' });
    // What is said is true: a Pod of a Gateway leaves as itself.
    forgetArrivals();
    await exchange(from, { protocol: 'udp', to: outside.ip, waitMs: 300 });
    expect(arrivals()).toEqual({ [pod.ip]: 1 });

    node('nft', ['delete', 'table', 'netdev', 'cni']);
    await look(1);
    expect(watch.now()).toBeUndefined();
    forgetArrivals();
    await exchange(from, { protocol: 'udp', to: outside.ip, waitMs: 300 });
    expect(arrivals()).toEqual({ [gateways.gw.ipv4]: 1 });
    stop.abort();
    await watch.done;
  });
});
