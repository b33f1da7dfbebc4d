import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../../src/explain/explain.ts';
import { compareTrace } from '../../../src/trace/compare.ts';
import { pairJourneys } from '../../../src/trace/pair.ts';
import { renderTrace } from '../../../src/trace/render.ts';
import { journeysIn } from '../../support/trace/captured.ts';

const leaves: Explanation = {
  ...{
    pod: 'shop/far',
    node: 'node-1',
    packet: '198.51.100.10 TCP 443',
    outcome: 'leaves',
    why: 'a rule',
    source: '192.0.2.100',
  },
  gateway: {
    ...{ gateway: 'shop/partners', gatewayClass: 'egress', owner: 'node-2', standbys: [], onPodNode: 'applied' },
    programmed: { status: 'True', reason: 'Programmed', message: '' },
  },
  ...{ applying: [], others: [] },
};
const { source: _, gateway: __, ...bare } = leaves;
const untouched: Explanation = { ...bare, outcome: 'untouched' };
const dropped: Explanation = { ...bare, outcome: 'dropped' };

function compare(explanation: Explanation, pod: string, gateway?: string) {
  const pair = pairJourneys(journeysIn(pod, 'pod'), gateway === undefined ? [] : journeysIn(gateway, 'gateway'));
  if (pair === undefined) throw new Error(pod);
  const owner = explanation.gateway?.owner;
  return compareTrace(explanation, pair, {
    ...{ node: 'node-1', ...(owner === undefined ? {} : { owner }) },
    gatewayOf: (id) => (id === 513 ? 'shop/partners' : undefined),
  });
}

describe('as predicted', () => {
  test('leaves by the Gateway: a sentence per hop', () => {
    const report = compare(leaves, 'far', 'owner');
    expect(renderTrace(report)).toBe(
      [
        'traced: 10.244.1.3:51652 → 198.51.100.10:443',
        '  node-1: came from the Pod by cni0 as 10.244.1.3, was given to Gateway shop/partners, went into the tunnel (egress0) as 198.18.32.1',
        '  node-2: came out of the tunnel by egress0 as 198.18.32.1, was given to Gateway shop/partners, left by eth0 as 192.0.2.100',
        'as predicted',
        '',
      ].join('\n'),
    );
    expect(report).toMatchObject({ asPredicted: true, differences: [] });
  });

  test('is left alone, is dropped', () => {
    expect(compare(untouched, 'alone')).toMatchObject({
      asPredicted: true,
      hops: [{ device: 'eth0', source: '192.0.2.11' }],
    });
    const refused = compare(dropped, 'refused');
    expect(refused.asPredicted).toBe(true);
    expect(refused.hops[0]?.told).toBe(
      'came from the Pod by cni0 as 10.244.1.4, was dropped by inet sallyport refuse (counter name "refused" drop): its Gateway has no address for it, or does not work',
    );
  });

  test('is dropped, for nobody owns the Gateway: the tunnel leads nowhere', () => {
    const { owner: _owner, ...nobody } = leaves.gateway ?? ({} as never);
    const report = compare({ ...dropped, gateway: nobody }, 'far');
    expect(report).toMatchObject({ asPredicted: true, hops: [{ device: 'egress0' }] });
  });

  test('IPv6 ends are written in brackets, pings without ports', () => {
    const six = compare({ ...leaves, source: '2001:db8:2::100' }, 'near-ipv6', 'near-ipv6');
    expect([six.packet, six.asPredicted]).toEqual(['[fd00:10:244:1::3]:38778 → [2001:db8:51::10]:443', true]);
    expect(compare(leaves, 'near-ping', 'near-ping').packet).toBe('10.244.1.3 → 198.51.100.10');
  });
});

describe('not as predicted', () => {
  const was = 'it was to leave as 192.0.2.100 by Gateway shop/partners';

  test.each([
    ['held', leaves, 'held', undefined, `${was}; on node-1 it was dropped by inet sallyport judge`],
    [
      'taken by nobody',
      leaves,
      'alone',
      undefined,
      `${was}; it left node-1 by eth0 as 192.0.2.11, and no Gateway took it`,
    ],
    [
      'not seen at the owner',
      leaves,
      'far',
      undefined,
      `${was} at node node-2; it went into the tunnel on node-1 and did not come out there`,
    ],
    [
      'another address',
      { ...leaves, source: '192.0.2.107' },
      'far',
      'owner',
      'it was to leave as 192.0.2.107 by Gateway shop/partners; it left node-2 as 192.0.2.100',
    ],
    ['taken all the same', untouched, 'far', undefined, 'it was to be left alone; Gateway shop/partners took it'],
    [
      'no egress, but dropped',
      { ...untouched, outcome: 'inside' as const },
      'refused',
      undefined,
      'it was to be no egress; on node-1 it was dropped by inet sallyport refuse',
    ],
    [
      'to be dropped, and left',
      dropped,
      'alone',
      undefined,
      'it was to be dropped; on node-1 it left by eth0 as 192.0.2.11',
    ],
  ] as const)('%s', (_name, explanation, pod, gateway, difference) => {
    const report = compare(explanation, pod, gateway);
    expect(report).toMatchObject({ asPredicted: false, differences: [difference] });
    expect(renderTrace(report)).toContain(`not as predicted:\n  ${difference}\n`);
  });

  test('another Gateway took it', () => {
    const gateway = { ...(leaves.gateway ?? ({} as never)), gateway: 'shop/other' };
    expect(compare({ ...leaves, gateway }, 'far', 'owner').differences).toEqual([
      'it was to leave as 192.0.2.100 by Gateway shop/other; Gateway shop/partners took it',
    ]);
  });

  test('held says why', () => {
    expect(compare(leaves, 'held').hops[0]?.told).toMatch(/\): the node waits until it has judged the Pod/);
  });
});
