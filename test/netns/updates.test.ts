import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { arrivals, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, owner, podPlace, third } from '../support/dataplane/places.ts';
import { type ClusterState, createNodeAgent } from '../support/dataplane/program.ts';
import { describeInNamespace } from '../support/netns.ts';

const changes = 1_000;
const { ipv4, ipv6 } = gateways.gw;

await describeInNamespace(import.meta.url, 'updates under traffic', () => {
  let cluster: TestCluster;
  const over = new AbortController();
  beforeAll(async () => {
    cluster = await startCluster();
  });
  beforeEach(() => forgetArrivals());
  afterAll(() => over.abort());

  it('a thousand changes lose no packet, of flows that are there and of new ones', async () => {
    const agents = [third, owner].map((node) => createNodeAgent(node, over.signal));
    let isDone = false;
    const total = { udp: { sent: 0, lost: 0 }, fresh: { sent: 0, lost: 0 } };
    const talk = async (options: { readonly protocol: 'udp' | 'fresh'; readonly to: string }) => {
      while (!isDone) {
        const { sent, received, errors } = await exchange('pod-node-1', {
          ...options,
          count: 200,
          intervalMs: 5,
          waitMs: 3_000,
        });
        expect(errors).toEqual([]);
        total[options.protocol].sent += sent;
        total[options.protocol].lost += sent - received;
      }
    };
    const talking = Promise.all([
      talk({ protocol: 'udp', to: outside.ip }),
      talk({ protocol: 'fresh', to: outside.ip }),
      talk({ protocol: 'fresh', to: outside.ip6 }),
    ]);
    const programmed: number[] = [];
    for (let n = 1; n <= changes; n++) {
      const state = changed(cluster.state, n);
      const parts = await Promise.all(agents.map((agent) => agent.apply(state)));
      programmed.push(parts.flat().length);
    }
    isDone = true;
    await talking;
    expect(total.udp).toEqual({ sent: total.udp.sent, lost: 0 });
    expect(total.fresh).toEqual({ sent: total.fresh.sent, lost: 0 });
    expect(programmed.filter((parts) => parts > 0)).toHaveLength(changes);
    expect(Object.keys(arrivals()).toSorted()).toEqual([ipv4, ipv6].toSorted());
  }, 150_000);
});

// Each differs from the one before: a Pod or twenty, other rules of the very Pod that sends, a Gateway, a node.
function changed(state: ClusterState, n: number): ClusterState {
  const gw = state.rules['gw'] ?? [];
  const pods = Array.from({ length: n % 40 === 0 ? 20 : 1 }, (_, k) => ({
    ...podPlace(`new-${n}-${k}`, third, 20 + ((n + k) % 200)),
    gateway: n % 2 === 0 ? 'gx' : 'gw',
  }));
  const destinations = [{ cidr: `203.0.113.${n % 256}/32` }, { cidr: `2001:db8:113::${(n % 256).toString(16)}/128` }];
  const more = { uid: 'g3', id: 515 + (n % 7), ipv4: '192.0.2.103', ipv6: '2001:db8:2::103', candidates: [owner.name] };
  switch (n % 4) {
    case 0:
      return { ...state, pods: [...state.pods, ...pods] };
    case 1:
      return {
        ...state,
        rules: { ...state.rules, gx: [{ podSelector: { matchLabels: { gateway: 'gw' } }, destinations }] },
      };
    case 2:
      return { ...state, more: [more], rules: { ...state.rules, gw: [...gw, { destinations, ports: [{ port: n }] }] } };
    default:
      return { ...state, absent: 1 + (n % 20) };
  }
}
