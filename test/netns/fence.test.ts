import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProcess, waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { exchange, ping } from '../support/dataplane/exchange.ts';
import { forge, wearing } from '../support/dataplane/forge.ts';
import { addPod, inside } from '../support/dataplane/network.ts';
import { arrivals, counter, forgetArrivals, linkStats } from '../support/dataplane/observe.ts';
import {
  gateways,
  outside,
  owner,
  podPlace,
  standby,
  type TestNode,
  third,
  tunnelAddress,
} from '../support/dataplane/places.ts';
import type { ClusterState } from '../support/dataplane/program.ts';
import { describeInNamespace, tool } from '../support/netns.ts';

const { ipv4 } = gateways.gw;
const [thief, inmate] = [podPlace('thief', third, 1), podPlace('inmate', owner, 1)];
const pod = ({ name }: { readonly name: string }) => `pod-${name}`;
const secret = '203.0.113.9';

/** A device that speaks to the tunnel port as a node would, with the MAC of Gateway 513. */
const intruder = (
  source: string,
  remote: string,
) => `link add intruder type vxlan id 4096 dstport 8479 nolearning local ${source} remote ${remote}
link set intruder addrgenmode none up
addr add 198.18.32.1/32 dev lo
route add ${secret} dev intruder
neigh add ${secret} lladdr 02:eb:00:00:02:01 dev intruder
`;

await describeInNamespace(import.meta.url, 'what only nodes send to each other', () => {
  let cluster: TestCluster;
  let state: ClusterState;
  beforeAll(async () => {
    cluster = await startCluster();
    for (const one of [thief, inmate]) addPod(one);
    state = { ...cluster.state, pods: [...cluster.state.pods, thief, inmate] };
    await cluster.apply(state);
    // A node's own rp_filter would do some of it.
    for (const { name } of [third, owner, standby])
      inside(name)('sh', [
        '-c',
        'for f in /proc/sys/net/ipv4/conf/v-*/rp_filter /proc/sys/net/ipv4/conf/all/rp_filter; do echo 0 >$f; done',
      ]);
  });
  beforeEach(() => forgetArrivals());
  const counted = (node: TestNode, name: string, action: () => void): number => {
    const before = counter(node.name, name);
    action();
    return counter(node.name, name) - before;
  };
  /** Sends a frame of the tunnel from a pod; whether the owner's tunnel device received it. */
  const intrude = (from: string, source: string, remote: string): boolean => {
    const before = linkStats(owner.name, 'egress0').received;
    wearing(from, source, () => {
      inside(from)('ip', ['-batch', '-'], intruder(source, remote));
      ping(from, secret, ['-I', '198.18.32.1']);
      inside(from)('ip', ['-batch', '-'], 'link del intruder\naddr del 198.18.32.1/32 dev lo\n');
    });
    return linkStats(owner.name, 'egress0').received > before;
  };

  describe.each([
    ['the tunnel address', tunnelAddress],
    ["the owner's own address", owner.ip],
  ])('to %s', (_, remote) => {
    it.each([
      ['its own address', thief.ip, inmate.ip],
      ["a node's address", standby.ip, third.ip],
      ["a candidate's address", standby.ip, standby.ip],
    ])('no frame of the tunnel comes from a pod with %s', (__, abroad, here) => {
      let received: boolean[] = [];
      const atThird = counted(third, 'tunnel_port', () => {
        const atOwner = counted(owner, 'tunnel_port', () => {
          received = [intrude(pod(thief), abroad, remote)];
        });
        // It has not even left its node, whose address the CNI would have given it.
        expect(atOwner).toBe(0);
      });
      expect(atThird).toBeGreaterThanOrEqual(1);
      const atOwner = counted(owner, 'tunnel_port', () => received.push(intrude(pod(inmate), here, remote)));
      expect(atOwner).toBeGreaterThanOrEqual(1);
      expect(received).toEqual([false, false]);
      expect(arrivals()).toEqual({});
    });
  });

  it('nor by another address of a node, which masquerades its pods', () => {
    // As if the fence of the sender's node were not there.
    inside(third.name)('nft', ['flush', 'chain', 'inet', 'sallyport', 'forbid_tunnel']);
    inside(owner.name)('ip', ['addr', 'add', '192.0.2.77/32', 'dev', 'lo']);
    inside(third.name)('ip', ['route', 'add', '192.0.2.77', 'via', owner.ip]);
    try {
      expect(
        counted(owner, 'tunnel_port', () => expect(intrude(pod(thief), thief.ip, '192.0.2.77')).toBe(false)),
      ).toBeGreaterThanOrEqual(1);
    } finally {
      inside(third.name)('ip', ['route', 'del', '192.0.2.77']);
      inside(owner.name)('ip', ['addr', 'del', '192.0.2.77/32', 'dev', 'lo']);
    }
  });

  describe('at its own node ends what a pod sends to any node', () => {
    const kinds = [
      ['tunnel_port', 8479],
      ['sync_stranger', 8481],
      ['sync_stranger', 8494],
      ['vrrp_stranger', undefined],
    ] as const;
    beforeAll(async () => {
      await cluster.heal();
      await cluster.apply(state);
    });

    it.each(kinds)('%s, UDP %s', (name, port) => {
      for (const to of [owner.ip, standby.ip, tunnelAddress]) {
        for (const source of [thief.ip, to === standby.ip ? owner.ip : standby.ip])
          expect(counted(third, name, () => forge(pod(thief), { source, to, ...(port && { port }) }))).toBe(3);
      }
      // The nodes' own addresses of both families are known to candidates.
      const six = { source: inmate.ip6, to: third.ip6, ...(port && { port }) };
      expect(counted(owner, name, () => forge(pod(inmate), six))).toBe(3);
      // To somebody whom this node does not know, in the name of one whom that node may believe.
      const unknown = { source: standby.ip, to: '192.0.2.99', ...(port && { port }) };
      expect(counted(third, name, () => forge(pod(thief), unknown))).toBe(3);
    });

    it('also through a Service whose endpoint is a node', () => {
      const service = `table ip proxy { chain services { type nat hook prerouting priority dstnat; policy accept;
        ip daddr 10.96.0.66 udp dport 80 dnat to ${owner.ip}:8479
        }
      }\n`;
      inside(third.name)('nft', ['-f', '-'], service);
      const forgery = { source: thief.ip, to: '10.96.0.66', port: 80 };
      expect(counted(third, 'tunnel_port', () => forge(pod(thief), forgery))).toBe(3);
      inside(third.name)('nft', ['delete', 'table', 'ip', 'proxy']);
    });

    it("a candidate's VRRP is spoken by no pod of another candidate", () => {
      for (const source of [inmate.ip, third.ip])
        expect(counted(owner, 'vrrp_stranger', () => forge(pod(inmate), { source, to: standby.ip }))).toBe(3);
      expect(counted(owner, 'vrrp_stranger', () => forge(pod(inmate), { source: standby.ip, to: owner.ip }))).toBe(3);
    });

    it('and not what it sends to such a port of a pod, or of somebody outside', () => {
      const receiver = pod(podPlace(standby.name, standby, 0));
      for (const port of [8479, 8490]) {
        forgetArrivals(receiver);
        forge(pod(thief), { source: thief.ip, to: podPlace(standby.name, standby, 0).ip, port });
        expect(arrivals(receiver)).toEqual({ [thief.ip]: 3 });
        forge(pod(thief), { source: thief.ip, to: outside.ip, port });
      }
      expect(arrivals()).toEqual({ [third.ip]: 6 });
    });
  });

  it('a node with two ways to another keeps its tunnel, whichever way packets take', async () => {
    const name = 'second';
    tool('ip', ['link', 'add', name, 'type', 'bridge']);
    tool('ip', ['link', 'set', name, 'addrgenmode', 'none', 'up']);
    for (const node of [third, owner]) {
      tool('ip', ['link', 'add', `q-${node.name}`, 'type', 'veth', 'peer', 'name', 'eth1', 'netns', node.name]);
      tool('ip', ['link', 'set', `q-${node.name}`, 'addrgenmode', 'none', 'master', name, 'up']);
      inside(node.name)('ip', ['addr', 'add', `192.0.2.${210 + node.index}/24`, 'dev', 'eth1', 'noprefixroute']);
      inside(node.name)('ip', ['link', 'set', 'eth1', 'up']);
      inside(node.name)('sysctl', ['-qw', 'net.ipv4.conf.eth0.rp_filter=2', 'net.ipv4.conf.eth1.rp_filter=2']);
    }
    // Out by one, in by the other.
    inside(owner.name)('ip', ['route', 'add', `${third.ip}/32`, 'dev', 'eth1']);
    await cluster.apply(state);
    const before = linkStats(third.name, 'eth1').received;
    const talk = { protocol: 'udp', to: outside.ip, count: 10, waitMs: 1_500 } as const;
    expect(await exchange(pod(third), talk)).toMatchObject({ received: 10 });
    expect(linkStats(third.name, 'eth1').received - before).toBeGreaterThanOrEqual(10);
    expect(Object.keys(arrivals())).toEqual([ipv4]);
    inside(owner.name)('ip', ['route', 'del', `${third.ip}/32`, 'dev', 'eth1']);
  });

  it("what has no route back to a pod stays the node's business, unless the pod is selected", async () => {
    const stray = '10.244.9.9';
    expect(counted(third, 'spoofed_pod', () => forge(pod(thief), { source: stray, to: outside.ip, port: 8080 }))).toBe(
      0,
    );
    expect(arrivals()[third.ip]).toBe(3);
  });

  it("a pod to which the node's route names Cilium's device may send by its own", async () => {
    const run = inside(third.name);
    const victim = podPlace(third.name, third, 0);
    run('ip', ['link', 'add', 'cilium_host', 'type', 'veth', 'peer', 'name', 'cilium_net']);
    for (const device of ['cilium_host', 'cilium_net']) run('ip', ['link', 'set', device, 'addrgenmode', 'none', 'up']);
    run('sysctl', ['-qw', 'net.ipv4.conf.cilium_host.rp_filter=0']);
    try {
      run('ip', ['route', 'replace', `${victim.ip}/32`, 'dev', 'cilium_host']);
      expect(
        counted(third, 'spoofed_pod', () => forge(pod(victim), { source: victim.ip, to: outside.ip, port: 8080 })),
      ).toBe(0);
      expect(arrivals()).toEqual({ [ipv4]: 3 });
    } finally {
      run('ip', ['route', 'replace', `${victim.ip}/32`, 'dev', `v-${victim.name}`]);
      run('ip', ['link', 'del', 'cilium_host']);
    }
  });

  describe('where pods share a bridge', () => {
    const [first, second] = [podPlace('first', third, 5), podPlace('second', third, 6)];
    beforeAll(async () => {
      tool('ip', ['-n', third.name, 'link', 'add', 'cni0', 'address', '02:00:00:00:00:01', 'type', 'bridge']);
      inside(third.name)('ip', ['link', 'set', 'cni0', 'up']);
      inside(third.name)('ip', ['addr', 'add', '10.244.1.1/32', 'dev', 'cni0']);
      for (const one of [first, second]) {
        addPod(one);
        inside(third.name)('ip', ['link', 'set', `v-${one.name}`, 'master', 'cni0']);
        inside(third.name)('ip', ['route', 'replace', `${one.ip}/32`, 'dev', 'cni0']);
        const [{ address = '' } = {}] = JSON.parse(inside(pod(one))('ip', ['-j', 'link', 'show', 'eth0'])) as {
          address?: string;
        }[];
        const [{ address: bridge = '' } = {}] = JSON.parse(
          inside(third.name)('ip', ['-j', 'link', 'show', 'cni0']),
        ) as { address?: string }[];
        inside(third.name)('ip', ['neigh', 'replace', one.ip, 'lladdr', address, 'dev', 'cni0', 'nud', 'permanent']);
        inside(pod(one))('ip', [
          'neigh',
          'replace',
          '169.254.1.1',
          'lladdr',
          bridge,
          'dev',
          'eth0',
          'nud',
          'permanent',
        ]);
      }
      const pods = [...state.pods, { ...first, gateway: 'gw' }, second];
      await cluster.apply({ ...state, pods });
    });
    afterAll(async () => await cluster.apply(state));

    it('a selected pod leaves as it should, and no device but the bridge may speak for it', async () => {
      const talk = { protocol: 'udp', to: outside.ip, count: 3, waitMs: 1_000 } as const;
      expect(await exchange(pod(first), talk)).toMatchObject({ received: 3 });
      expect(Object.keys(arrivals())).toEqual([ipv4]);
      forgetArrivals();
      const stolen = { source: first.ip, to: outside.ip, port: 8080 };
      expect(counted(third, 'spoofed_pod', () => forge(pod(thief), stolen))).toBe(3);
      expect(arrivals()).toEqual({});
    });

    it('no address of ours is a source or a target', () => {
      for (const source of ['198.18.32.1', ipv4, tunnelAddress])
        expect(counted(third, 'spoofed_own', () => forge(pod(second), { source, to: outside.ip, port: 8080 }))).toBe(3);
      expect(
        counted(third, 'injected', () => forge(pod(second), { source: second.ip, to: '198.18.32.1', port: 1 })),
      ).toBe(3);
      const atPort = { source: second.ip, to: owner.ip, port: 8479 };
      expect(counted(third, 'tunnel_port', () => forge(pod(second), atPort))).toBe(3);
      expect(arrivals()).toEqual({});
    });
  });

  describe('what routers send to BIRD', () => {
    const bgp = { localASN: 65_001, peers: [{ address: standby.ip, asn: 65_000, bfd: true }] };
    const routed = { uid: 'routed', id: 1537, ipv4: '172.29.7.16', network: { name: 'routed', bgp } };
    /** Whether a connection from there comes to a listener on the owner. */
    const connects = (from: string): boolean => {
      const connect = `socat -u OPEN:/dev/null TCP:${owner.ip}:8499,connect-timeout=0.3 2>/dev/null && echo yes; :`;
      return inside(from)('sh', ['-c', connect]) !== '';
    };
    beforeAll(async () => {
      await cluster.apply({ ...state, more: [{ ...routed, candidates: [owner.name, standby.name] }] });
      const listen = ['socat', '-u', 'TCP-LISTEN:8499,reuseaddr,fork', 'OPEN:/dev/null'];
      startProcess(['nsenter', `--net=/run/netns/${owner.name}`, ...listen], '/dev/null');
      await waitUntil(async () => inside(owner.name)('ss', ['-Hlnt', 'sport = :8499']) !== '', {
        what: 'the listener',
        limit: 5_000,
      });
    });

    it('comes from its peers alone', () => {
      expect(counted(owner, 'bgp_stranger', () => expect(connects(standby.name)).toBe(true))).toBe(0);
      for (const from of [pod(inmate), pod(thief), third.name, outside.name]) {
        const refused = counted(owner, 'bgp_stranger', () => expect([from, connects(from)]).toEqual([from, false]));
        expect(refused).toBeGreaterThan(0);
      }
    });

    it('by BFD, too, which nobody outside is kept from', () => {
      const bfd = (from: string, source: string) =>
        counted(owner, 'bgp_stranger', () => forge(from, { source, to: owner.ip, port: 3784 }));
      expect(bfd(pod(inmate), inmate.ip)).toBe(3);
      expect(bfd(pod(inmate), standby.ip)).toBe(3);
      // Of another speaker on the node.
      expect([bfd(standby.name, standby.ip), bfd(outside.name, outside.ip)]).toEqual([0, 0]);
    });
  });
});
