import { beforeEach, describe, expect, it } from 'vitest';
import { createKernel, type Kernel } from '../../../src/agent/kernel.ts';
import { selectPlan } from '../../../src/compile/select.ts';
import type { Nft } from '../../../src/dataplane/nft/exec.ts';
import { viewOf } from '../../support/dataplane-case.ts';
import { createFakeNft, type FakeNft } from '../../support/fake-nft.ts';
import { createFakeRouting } from '../../support/fake-routing.ts';

const meta = { name: 'default', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const { plan } = selectPlan(
  viewOf({
    cluster: { metadata: meta, spec: {}, status: { clusterRanges: [] } },
    node: 'node-1',
    nodes: [{ name: 'node-1', index: 1, addresses: ['192.0.2.11'] }],
    namespaces: [{ name: 'shop' }],
    pods: [{ name: 'a', ip: '10.244.1.2' }],
  }),
);
const underlay = { device: 'eth0', mtu: 1500, isUp: true, carrier: true, addresses: ['192.0.2.11'], subnets: [] };
const gone = ['bridge sallyport', 'inet sallyport', 'netdev sallyport'];

describe('tables that somebody deleted', () => {
  let nft: FakeNft;
  let kernel: Kernel;
  let reads: number;
  const apply = () => kernel.apply(plan, underlay);
  beforeEach(async () => {
    nft = createFakeNft();
    reads = 0;
    const counting: Nft = {
      ...nft,
      read: (tables) => {
        reads += 1;
        return nft.read(tables);
      },
    };
    kernel = createKernel({
      nft: counting,
      routing: createFakeRouting(),
      sysctls: { read: async () => new Map(), apply: async () => false, applyPresent: async () => false },
    });
    await apply();
    reads = 0;
  });

  it('are made anew without being read, all of them', async () => {
    await nft.intrude('flush ruleset');
    kernel.forget('nft', gone);
    expect(await apply()).toEqual(['nft']);
    expect(reads).toBe(0);
    expect(await apply()).toEqual([]);
    expect(await nft.read([{ family: 'inet', name: 'sallyport' }])).toHaveLength(1);
  });

  it('are read when only some are known to be gone, or something else is heard, too', async () => {
    kernel.forget('nft', gone.slice(1));
    expect(await apply()).toEqual([]);
    expect(reads).toBe(1);
    kernel.forget('nft', gone);
    kernel.forget('nft');
    expect(await apply()).toEqual([]);
    expect(reads).toBe(2);
  });
});
