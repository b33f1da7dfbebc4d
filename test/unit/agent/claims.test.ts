import { describe, expect, test } from 'vitest';
import { createClaims } from '../../../src/agent/claims.ts';
import type { Wanted } from '../../../src/agent/probe-addresses.ts';
import { newProbe, type Probe } from '../../../src/agent/probe-state.ts';
import type { EgressPlacement } from '../../../src/api/kinds.ts';
import { selectPlan } from '../../../src/compile/select.ts';
import { renderKeepalived } from '../../../src/dataplane/vrrp/render.ts';
import { type DataplaneCase, viewOf } from '../../support/dataplane-case.ts';

const [v4, v6, second] = ['192.0.2.100', '2001:db8:2::100', '192.0.2.101'];
const mac = '02:00:00:00:00:99';
const cluster = {
  metadata: { name: 'default', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {},
  status: { clusterRanges: [] },
};
const base: DataplaneCase = {
  cluster,
  node: 'node-1',
  nodes: ['node-1', 'node-2'].map((name, n) => ({ name, index: n + 1, addresses: [`192.0.2.1${n + 1}`] })),
  namespaces: [{ name: 'shop' }],
  placements: [{ uid: 'a', id: 513, ipv4: v4, ipv6: v6, candidates: ['node-1', 'node-2'] }],
};
const both: DataplaneCase = {
  ...base,
  placements: [...(base.placements ?? []), { uid: 'b', id: 514, ipv4: second, candidates: ['node-1', 'node-2'] }],
};
const link = { device: 'eth0', mtu: 1500, isUp: true, carrier: true, addresses: ['192.0.2.11'], subnets: [] };

interface World {
  readonly config?: string;
  readonly links?: readonly (typeof link)[];
  readonly status?: EgressPlacement['status'];
}

function setUp({ config, links = [link], status }: World = {}) {
  const known = new Map<string, Probe>();
  let wanted: readonly Wanted[] = [];
  const claims = createClaims({
    prober: {
      want: (next) => {
        wanted = next;
      },
      of: (address) => known.get(address),
    },
    readConfig: async () => config,
  });
  const judge = async (input = base) => {
    const view = viewOf(input);
    const placements = view.placements.map((placement) =>
      status === undefined || placement.metadata.name !== 'a' ? placement : { ...placement, status },
    );
    const { plan } = selectPlan(view);
    const claimed = await claims.judge(plan, { placements, links, underlayDevice: 'eth0' });
    return {
      ...{ claimed, whole: claimed.plan === plan, wanted: wanted.map(({ address }) => address) },
      config: renderKeepalived(claimed.keepalived, 'eth0', '/run/sallyport') ?? '',
    };
  };
  const hear = (address: string, verdict: Probe['verdict']) =>
    known.set(address, { ...newProbe(0), verdict, macs: verdict === 'taken' ? [mac] : [] });
  return { judge, hear };
}

describe('an address that is new', () => {
  test('is asked about before anything is done with it, and claimed when nobody answers', async () => {
    const { judge, hear } = setUp();
    const first = await judge();
    expect([first.wanted, first.config]).toEqual([[v4, v6], '']);
    expect(first.claimed.plan.identities).toEqual([{ id: 513, group: 1 }]);
    for (const address of [v4, v6]) hear(address, 'free');
    const then = await judge();
    expect([then.wanted, then.whole]).toEqual([[], true]);
    expect(then.config).toContain(`${v4}/32`);
    expect(then.config).toContain(`${v6}/128`);
  });

  test('is not claimed while somebody has it: no packet leaves with it, all else goes on', async () => {
    const { judge, hear } = setUp();
    hear(v4, 'taken');
    hear(v6, 'free');
    const { claimed, config, wanted } = await judge();
    expect(claimed.plan.identities).toEqual([{ id: 513, group: 1, egress6: v6 }]);
    expect([...claimed.withheld]).toEqual([[1, [{ address: v4, macs: [mac] }]]]);
    expect(config).toContain('198.19.255.241/32');
    expect([config.includes(v4), config.includes(v6), wanted]).toEqual([false, true, [v4]]);
    hear(v4, 'free');
    expect((await judge()).whole).toBe(true);
  });

  test('in a group that is running does not stop it', async () => {
    const { judge, hear } = setUp();
    for (const address of [v4, v6]) hear(address, 'free');
    await judge();
    const { config, wanted } = await judge(both);
    expect([config.includes(v4), config.includes(second), wanted]).toEqual([true, false, [second]]);
  });

  test('is not asked about where the link is dead, which would answer for nobody', async () => {
    const { judge } = setUp({ links: [{ ...link, carrier: false }] });
    const { wanted, config } = await judge();
    expect([wanted, config.includes(v4), config.includes('198.19.255.241')]).toEqual([[], false, true]);
  });

  test('is new again after it was gone', async () => {
    const { judge, hear } = setUp();
    for (const address of [v4, v6, second]) hear(address, 'free');
    await judge(both);
    await judge();
    hear(second, 'unknown');
    expect((await judge(both)).wanted).toEqual([second]);
  });
});

describe('an address that was ours is claimed at once, so that no takeover waits', () => {
  const config = `vrrp_instance sallyport_1 {
    interface eth0
    virtual_ipaddress {
        198.19.255.241/32 dev eth0
    }
    virtual_ipaddress_excluded {
        ${v4}/32 dev eth0
        ${v6}/128 dev eth0
    }
}
`;
  const condition = { type: 'Programmed', reason: 'Programmed', message: '', lastTransitionTime: '' } as const;
  const programmed = { ...condition, status: 'True', observedGeneration: 1 } as const;
  test.each<[string, World]>([
    ['keepalived.conf has it', { config }],
    ['this node holds it', { links: [{ ...link, addresses: [...link.addresses, v4, v6] }] }],
    ['an owner held it', { status: { addresses: [v4, v6] } }],
    ['a controller of before says that the placement is programmed', { status: { conditions: [programmed] } }],
  ])('%s', async (_, world) => {
    const { judge } = setUp(world);
    const { whole, wanted, config: text } = await judge();
    expect([whole, wanted, text.includes(v4)]).toEqual([true, [], true]);
  });

  test('but not by a word about another generation, or that it is not', async () => {
    for (const word of [
      { ...programmed, observedGeneration: 0 },
      { ...programmed, status: 'False' as const },
    ]) {
      const { judge } = setUp({ status: { conditions: [word] } });
      expect((await judge()).wanted).toEqual([v4, v6]);
    }
  });
});
