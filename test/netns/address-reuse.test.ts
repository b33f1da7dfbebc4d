import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endFlows } from '../../src/agent/end-flows.ts';
import { createEndedAddresses } from '../../src/agent/ended-addresses.ts';
import { createPodLinks } from '../../src/agent/pod-links.ts';
import type { Holder } from '../../src/cri/book.ts';
import { createNft } from '../../src/dataplane/nft/exec.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { addPod, inside } from '../support/dataplane/network.ts';
import { arrivals, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, podPlace, third } from '../support/dataplane/places.ts';
import { type ClusterState, runnerIn } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';
import { silentLog } from '../support/silent-log.ts';

// The agent learns late, at each step as late as can be: the kernel still believes that the address is its former holder's.
await describeInNamespace(import.meta.url, 'an address given out again', () => {
  const first = podPlace('first', third, 5);
  const ports = [44_001, 44_002];
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });

  const stateOf = (name: string, gateway?: string): ClusterState => ({
    ...cluster.state,
    pods: [...cluster.state.pods, { ...first, name, ...(gateway === undefined ? {} : { gateway }) }],
  });
  /** All that the Pod gets out, from ports that its predecessor used and from a new one. */
  const sent = async (name: string, more: number): Promise<readonly string[]> => {
    forgetArrivals();
    for (const to of [outside.ip, outside.ip6])
      for (const sourcePort of [...ports, more])
        await exchange(`pod-${name}`, { protocol: 'udp', to, sourcePort, waitMs: 150 });
    return Object.keys(arrivals()).toSorted();
  };
  const run = (command: string) => inside(third.name)('sh', ['-c', command]);
  /** As a bridge CNI has it: routes lead to the bridge alone. */
  const joinBridge = (name: string) => {
    const [pod] = JSON.parse(inside(`pod-${name}`)('ip', ['-j', 'link', 'show', 'eth0'])) as { address: string }[];
    const near = [first.ip, first.ip6].map(
      (ip) => `ip route replace ${ip} dev cni0; ip neigh replace ${ip} lladdr ${pod?.address} dev cni0 nud permanent`,
    );
    run(
      `ip link show cni0 >&2 || ip link add cni0 up type bridge; ip link set v-${name} master cni0; ${near.join('; ')}`,
    );
  };
  const remove = (name: string) =>
    run(`ip link del v-${name}; ip route flush ${first.ip}; ip -6 route flush ${first.ip6}`);

  const flavours = ['routed', 'bridged'] as const;
  const holders = ['gw', undefined] as const;
  const cases = flavours.flatMap((flavour) =>
    holders.map((gateway) => [flavour, gateway ?? 'no route', gateway] as const),
  );
  let n = 0;
  describe.each(cases)('%s, first of %s', (flavour, _, gateway) => {
    let a = '';
    let b = '';
    const make = (name: string) => {
      addPod({ ...first, name });
      if (flavour === 'bridged') joinBridge(name);
    };
    beforeEach(() => {
      n += 1;
      [a, b] = [`a${n}`, `b${n}`];
    });

    it('gives its next holder nothing before it is judged, and then what is its own', async () => {
      const nft = createNft({ runner: runnerIn(third.name), clock: systemClock });
      const ended = createEndedAddresses({ nft, log: silentLog });
      let holders: ReadonlyMap<string, Holder> = new Map();
      const podLinks = createPodLinks({
        nft,
        readLink: async (name) => ({
          index: Number(run(`ip -o link show ${name} | cut -d: -f1`)),
          isPort: flavour === 'bridged',
        }),
        confirm: async () => {},
        holders: () => holders,
        held: ended.idle,
        log: silentLog,
      });
      const bind = (name: string) => {
        const holder = { id: name, uid: 'pod', links: [`v-${name}`] };
        holders = new Map([first.ip, first.ip6].map((address) => [address, holder]));
        return podLinks.bind();
      };
      const { conntrack, select } = cluster.agent(third);
      make(a);
      await bind(a);
      await cluster.apply(stateOf(a, gateway));
      const own = gateway === undefined ? [third.ip, third.ip6] : [gateways.gw.ipv4, gateways.gw.ipv6];
      expect(await sent(a, 44_010)).toEqual(own.toSorted());
      remove(a);
      make(b);
      // Nobody has told the agent anything.
      expect(await sent(b, 44_011)).toEqual([]);
      // It knows of the end: the kernel is told of it, then forgets the first Pod.
      ended.hold([first.ip, first.ip6]);
      const letGo = ended.begin();
      await ended.idle();
      await cluster.apply(cluster.state);
      expect(await sent(b, 44_012)).toEqual([]);
      await endFlows(conntrack, select(cluster.state), ended.retire);
      letGo();
      await ended.idle();
      expect(await sent(b, 44_013)).toEqual([]);
      // And knows the next one.
      await bind(b);
      expect(await sent(b, 44_014)).toEqual([]);
      const state = stateOf(b, 'gx');
      await cluster.apply(state);
      for (const source of await sent(b, 44_015)) expect([gateways.gx.ipv4, gateways.gx.ipv6]).toContain(source);
      await endFlows(conntrack, select(state), ended.retire);
      expect(await sent(b, 44_016)).toEqual([gateways.gx.ipv4, gateways.gx.ipv6].toSorted());
      remove(b);
      await cluster.apply(cluster.state);
      await endFlows(conntrack, select(cluster.state), ended.retire);
    });
  });

  it('a flow that was ended goes on as nobody else at the gateway hop, where it is still known', async () => {
    const moved = podPlace('moved', third, 6);
    addPod(moved);
    const of = (gateway: string) => ({ ...cluster.state, pods: [...cluster.state.pods, { ...moved, gateway }] });
    const { conntrack, select } = cluster.agent(third);
    const nft = createNft({ runner: runnerIn(third.name), clock: systemClock });
    const say = async (sourcePort: number) => {
      forgetArrivals();
      await exchange('pod-moved', { protocol: 'udp', to: outside.ip, sourcePort, waitMs: 150 });
      return Object.keys(arrivals());
    };
    await cluster.apply(of('gw'));
    for (const port of ports) expect(await say(port)).toEqual([gateways.gw.ipv4]);
    await cluster.apply(of('gx'));
    await endFlows(conntrack, select(of('gx')));
    // With the same source port the gateway hop takes it for what it knows.
    for (const port of ports) expect(await say(port)).toEqual([]);
    await conntrack.remove([{ kind: 'source', family: 4, source: moved.ip }]);
    await createEndedAddresses({ nft, log: silentLog }).retire([moved.ip]);
    for (const port of ports) expect(await say(port)).toEqual([gateways.gx.ipv4]);
  });
});
