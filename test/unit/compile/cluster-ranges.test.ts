import { describe, expect, test } from 'vitest';
import { clusterRanges } from '../../../src/compile/cluster-ranges.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { contains } from '../../../src/net/ranges.ts';
import { cluster, meta, node, snapshot } from '../../support/objects.ts';

describe('clusterRanges', () => {
  const always = [
    '127.0.0.0/8',
    '169.254.0.0/16',
    '224.0.0.0/4',
    '255.255.255.255/32',
    '::1/128',
    'fe80::/10',
    'ff00::/8',
  ];
  const nodes = [
    { ...node('node-1', '192.0.2.11'), spec: { podCIDRs: ['10.244.0.0/24', '10.244.1.0/24', 'fd00::/64'] } },
  ];
  const serviceCidrs = [{ metadata: meta('kubernetes'), spec: { cidrs: ['10.96.0.0/16'] } }];
  const rangesOf = (spec: Parameters<typeof cluster>[0]) => {
    return clusterRanges(snapshot({ nodes, serviceCidrs, cluster: cluster(spec) })).ranges.filter(
      (text) => !always.includes(text),
    );
  };

  test('node addresses, Pod and Service ranges, extra: merged and sorted', () => {
    expect(rangesOf({ clusterRanges: { extra: ['10.96.0.0/12', 'nonsense'] } })).toEqual([
      '10.96.0.0/12',
      '10.244.0.0/23',
      '192.0.2.11/32',
      'fd00::/64',
    ]);
  });

  test('nothing but extra without detection', () => {
    expect(rangesOf({ clusterRanges: { detect: false, extra: ['10.0.0.0/8'] } })).toEqual(['10.0.0.0/8']);
  });

  test('what the tunnel uses is no egress address, but an outside destination', () => {
    const tunnel = { tunnel: { addresses: ['203.0.113.7'] } };
    const { parsed, ranges } = clusterRanges(snapshot({ nodes, cluster: cluster(tunnel) }));
    for (const address of ['198.18.0.1', 'fd5a:11:9f::1', '203.0.113.7']) {
      expect(contains(parsed, parseIp(address) ?? { family: 4, value: 0n }), address).toBe(true);
    }
    expect(ranges.filter((text) => /^(198|fd5a|203)/.test(text))).toEqual([]);
  });

  test('loopback, link-local and multicast always', () => {
    expect(clusterRanges(snapshot({ nodes: [] })).ranges).toEqual(always);
  });
});
