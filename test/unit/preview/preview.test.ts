import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/api/pod.ts';
import type { Written } from '../../../src/preview/lay-over.ts';
import { isEmpty, preview } from '../../../src/preview/preview.ts';
import { renderPreview } from '../../../src/preview/render-preview.ts';
import { egressClass, gateway, meta, namespace, pool, route, snapshot } from '../../support/objects.ts';

const pod = (key: string, address: string, labels: Record<string, string> = {}): Pod => ({
  metadata: meta(key, { labels }),
  spec: { nodeName: 'node-3' },
  status: { phase: 'Running', podIPs: [address] },
});
const pods = [
  pod('shop/pay-1', '10.244.1.1', { app: 'pay' }),
  pod('shop/pay-2', '10.244.1.2', { app: 'pay' }),
  pod('shop/web', '10.244.1.3', { app: 'web' }),
  pod('other/web', '10.244.1.4'),
];
const start = snapshot({
  gateways: [gateway('platform/partners'), gateway('platform/other')],
  namespaces: [namespace('platform'), namespace('shop'), namespace('other')],
  routes: [
    route('shop/pay', 'platform/partners', {
      rules: [{ matches: [{ podSelector: { matchLabels: { app: 'pay' } } }] }],
    }),
  ],
});
const written = (
  list: Written['list'],
  kind: string,
  { metadata, spec }: Pick<Written['object'], 'metadata' | 'spec'>,
): Written => {
  const { name, namespace: space, labels } = metadata;
  return {
    ...{ list, kind },
    object: {
      metadata: {
        name,
        ...(space === undefined ? {} : { namespace: space }),
        ...(labels === undefined ? {} : { labels }),
      },
      spec,
    },
  };
};
const routeTo = (parent: string, spec: object = {}, name = 'shop/pay') =>
  written('routes', 'EgressRoute', route(name, parent, spec));
const rules = [{ matches: [{ podSelector: { matchLabels: { app: 'pay' } } }] }];

describe('a change of routes', () => {
  test('the same again changes nothing', () => {
    const result = preview({ snapshot: start, pods, objects: [routeTo('platform/partners', { rules })] });
    expect(isEmpty(result)).toBe(true);
    expect(renderPreview(result)).toBe('nothing changes\n');
  });

  test('another Gateway: its Pods leave with another address, and their connections are cut', () => {
    const {
      pods: changed,
      objects,
      gateways,
      said,
    } = preview({
      ...{ snapshot: start, pods },
      objects: [routeTo('platform/other', { rules })],
    });
    expect(objects).toEqual([{ object: 'EgressRoute shop/pay', effect: 'changed' }]);
    expect({ gateways, said }).toEqual({ gateways: [], said: [] });
    expect(changed).toEqual([
      {
        namespace: 'shop',
        pods: ['pay-1', 'pay-2'],
        changes: [
          {
            destinations: ['0.0.0.0/0'],
            before: '192.0.2.101 by platform/partners',
            after: '192.0.2.100 by platform/other',
            established: 'end',
          },
        ],
      },
    ]);
  });

  test('where another rule still leads to the old Gateway, connections go on', () => {
    const elsewhere = { matches: [{ destinations: [{ cidr: '203.0.113.0/24' }] }] };
    const fallback = route('shop/fallback', 'platform/partners', { rules: [elsewhere] });
    const { pods: changed } = preview({
      snapshot: { ...start, routes: [...start.routes, fallback] },
      pods: pods.slice(0, 1),
      // More specific than the fallback, so that it decides there.
      objects: [
        routeTo('platform/other', {
          rules: [{ matches: [{ destinations: [{ cidr: '203.0.113.0/25' }, { cidr: '198.51.100.0/24' }] }] }],
        }),
      ],
    });
    const flows = changed.flatMap(({ changes }) => changes);
    expect(flows.filter(({ after }) => after.includes('platform/other'))).toEqual([
      expect.objectContaining({ destinations: ['198.51.100.0/24'], established: 'end' }),
      expect.objectContaining({ destinations: ['203.0.113.0/25'], established: 'stay' }),
    ]);
  });

  test('a Pod that leaves with an address for the first time loses the connections that it has', () => {
    const { pods: changed } = preview({ snapshot: start, pods, objects: [routeTo('platform/other', {}, 'other/all')] });
    expect(changed).toMatchObject([
      { namespace: 'other', pods: ['web'], changes: [{ before: 'left alone', established: 'end' }] },
    ]);
  });

  test('only the ports that are named', () => {
    const spec = { rules: [{ matches: [{ ports: [{ protocol: 'TCP', port: 443 }] }] }] };
    const { pods: changed } = preview({
      snapshot: start,
      pods,
      objects: [routeTo('platform/other', spec, 'other/all')],
    });
    expect(changed[0]?.changes).toEqual([
      expect.objectContaining({ destinations: ['0.0.0.0/0'], ports: 'TCP 443', before: 'left alone' }),
    ]);
  });
});

describe('a change of the platform', () => {
  test('a Gateway that is deleted: its address goes, its Pods’ packets are left alone, its route says why', () => {
    const objects = [written('gateways', 'Gateway', gateway('platform/partners'))];
    const result = preview({ snapshot: start, pods, objects, remove: true });
    expect(result.gateways).toEqual([{ gateway: 'platform/partners', before: ['192.0.2.101'], after: [] }]);
    expect(result.pods).toMatchObject([{ pods: ['pay-1', 'pay-2'], changes: [{ after: 'left alone' }] }]);
    expect(result.said).toMatchObject([{ object: 'EgressRoute shop/pay', condition: 'Accepted False/NoParent' }]);
    expect(renderPreview(result)).toMatchInlineSnapshot(`
      "Gateway platform/partners: deleted

      addresses:
        Gateway platform/partners: 192.0.2.101 → none

      Pods:
        shop: pay-1, pay-2
          0.0.0.0/0: 192.0.2.101 by platform/partners → left alone; established connections are cut

      will be said:
        EgressRoute shop/pay: Accepted False/NoParent: no parentRef names a Gateway of sallyport.dev/egress-controller: Gateway platform/partners missing or foreign
      "
    `);
  });

  test('a namespace that becomes isolated: what has no route is dropped', () => {
    const isolated = egressClass({ isolation: { namespaceSelector: {} } });
    const { pods: changed } = preview({
      ...{ snapshot: start, pods },
      objects: [written('egressClasses', 'EgressClass', isolated)],
    });
    expect(changed.map(({ namespace: space, pods: names }) => `${space}: ${names.join()}`)).toEqual([
      'other: web',
      'shop: web',
    ]);
    expect(changed[0]?.changes).toMatchObject([{ after: 'dropped (isolated)' }]);
  });

  test('a pool that no longer has an address that is in use: it stays with its Gateway', () => {
    const smaller = written('pools', 'EgressAddressPool', pool('lab', ['192.0.2.105-192.0.2.109']));
    const { gateways, pods: changed } = preview({ snapshot: start, pods, objects: [smaller] });
    expect({ gateways, changed }).toEqual({ gateways: [], changed: [] });
  });
});
