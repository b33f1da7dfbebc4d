import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import type { EgressRouteSpec } from '../../../src/api/kinds.ts';
import { type Peer, peers } from '../../../src/migrate/model.ts';
import { readDocuments } from '../../../src/migrate/read-documents.ts';
import { renderJson, renderYaml } from '../../../src/migrate/render-translation.ts';
import { hasSources, translateFrom } from '../../../src/migrate/translate.ts';
import { readSchema, refusals } from '../../support/schema.ts';

const translate = (from: Peer, text: string) =>
  translateFrom(readDocuments('in.yaml', text), {
    from,
    namespace: 'platform',
    gatewayClass: 'egress',
    interface: 'eth0',
  });

const cilium = (name: string, spec: object) =>
  stringify(
    { apiVersion: 'cilium.io/v2', kind: 'CiliumEgressGatewayPolicy', metadata: { name }, spec },
    { aliasDuplicateObjects: false },
  );
const egressGateway = { nodeSelector: {}, egressIP: '192.0.2.110' };
const ofKind = ({ manifests }: ReturnType<typeof translate>, kind: string) =>
  manifests.filter(({ manifest }) => manifest.kind === kind);

describe('limits of a route', () => {
  const routesOf = (spec: object) => {
    const routes = ofKind(translate('cilium', cilium('big', { egressGateway, ...spec })), 'ClusterEgressRoute');
    const schema = readSchema('clusteregressroutes', 'spec');
    for (const { manifest } of routes) expect(refusals(schema, manifest.spec)).toEqual([]);
    return routes.map(({ manifest }) => ({ name: manifest.metadata.name, spec: manifest.spec as EgressRouteSpec }));
  };

  test('more destinations than a match takes become more matches', () => {
    const destinationCIDRs = Array.from({ length: 130 }, (_, index) => `203.0.${index}.0/24`);
    const [route, ...more] = routesOf({ selectors: [{ podSelector: {} }], destinationCIDRs });
    const lists = route?.spec.rules.flatMap(({ matches = [] }) => matches.map(({ destinations = [] }) => destinations));
    expect(lists?.map(({ length }) => length)).toEqual([64, 64, 2]);
    expect(lists?.flat().map(({ cidr }) => cidr)).toEqual(destinationCIDRs);
    expect(more).toEqual([]);
  });

  test('more selectors than a route takes become more rules, and more routes', () => {
    const selectors = Array.from({ length: 130 }, (_, index) => ({
      podSelector: { matchLabels: { app: `a${index}` } },
    }));
    const routes = routesOf({ selectors, destinationCIDRs: ['203.0.113.0/24'] });
    expect(routes.map(({ name, spec }) => [name, spec.rules.length])).toEqual([
      ['big', 16],
      ['big-2', 1],
    ]);
    const found = routes.flatMap(({ spec }) =>
      spec.rules.flatMap(({ matches = [] }) => matches.map(({ podSelector }) => podSelector)),
    );
    expect(found).toEqual(selectors.map(({ podSelector }) => podSelector));
  });

  test('more ServiceAccounts than a match takes become more matches', () => {
    const values = Array.from({ length: 20 }, (_, index) => `robot-${index}`);
    const podSelector = { matchExpressions: [{ key: 'io.cilium.k8s.policy.serviceaccount', operator: 'In', values }] };
    const [route] = routesOf({ selectors: [{ podSelector }], destinationCIDRs: ['203.0.113.0/24'] });
    const lists = route?.spec.rules.flatMap(({ matches = [] }) =>
      matches.map(({ serviceAccounts = [] }) => serviceAccounts),
    );
    expect(lists?.map(({ length }) => length)).toEqual([16, 4]);
  });

  test('more ports than a match takes become more matches', () => {
    const ports = Array.from({ length: 20 }, (_, index) => `udp:${5000 + index}`).join(',');
    const annotations = { 'kube-vip.io/egress': 'true', 'kube-vip.io/egress-destination-ports': ports };
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'shop', annotations } };
    const made = translate(
      'kube-vip',
      stringify({ ...service, spec: { type: 'LoadBalancer', selector: { app: 'a' } } }),
    );
    const [route] = ofKind(made, 'EgressRoute');
    expect(refusals(readSchema('egressroutes', 'spec'), route?.manifest.spec)).toEqual([]);
    const { rules = [] } = (route?.manifest.spec ?? {}) as Partial<EgressRouteSpec>;
    expect(rules.flatMap(({ matches = [] }) => matches.map(({ ports: some = [] }) => some.length))).toEqual([16, 4]);
  });
});

describe('limits of a pool', () => {
  test('more entries than a pool takes become more pools, which is said', () => {
    const ipRanges = Array.from({ length: 70 }, (_, index) => ({
      start: `192.0.2.${index * 2}`,
      end: `192.0.2.${index * 2}`,
    }));
    const pool = {
      apiVersion: 'crd.antrea.io/v1beta1',
      kind: 'ExternalIPPool',
      metadata: { name: 'big' },
      spec: { ipRanges, nodeSelector: {} },
    };
    const egress = {
      apiVersion: 'crd.antrea.io/v1beta1',
      kind: 'Egress',
      metadata: { name: 'a' },
      spec: { appliedTo: { podSelector: {} }, externalIPPool: 'big' },
    };
    const made = translate('antrea', [pool, egress].map((object) => stringify(object)).join('---\n'));
    const pools = ofKind(made, 'EgressAddressPool');
    expect(pools.map(({ manifest }) => manifest.metadata.name)).toEqual(['big', 'big-2']);
    for (const { manifest } of pools)
      expect(refusals(readSchema('egressaddresspools', 'spec'), manifest.spec)).toEqual([]);
    expect(pools[0]?.notes.map(({ message }) => message)).toEqual([expect.stringContaining('this became 2')]);
    expect(ofKind(made, 'Gateway')[0]?.manifest.spec).toMatchObject({
      addresses: [{ type: 'sallyport.dev/Pool', value: 'big' }],
    });
  });

  test('a pool whose name is no label is named by its Gateways as it is made', () => {
    const pool = {
      apiVersion: 'crd.antrea.io/v1beta1',
      kind: 'ExternalIPPool',
      metadata: { name: 'a.b' },
      spec: { ipRanges: [{ cidr: '192.0.2.0/28' }], nodeSelector: {} },
    };
    const egress = {
      apiVersion: 'crd.antrea.io/v1beta1',
      kind: 'Egress',
      metadata: { name: 'a' },
      spec: { appliedTo: { podSelector: {} }, externalIPPool: 'a.b' },
    };
    const made = translate('antrea', [pool, egress].map((object) => stringify(object)).join('---\n'));
    expect(ofKind(made, 'EgressAddressPool')[0]?.manifest.metadata.name).toBe('a-b');
    expect(ofKind(made, 'Gateway')[0]?.manifest.spec).toMatchObject({
      addresses: [{ type: 'sallyport.dev/Pool', value: 'a-b' }],
    });
  });
});

describe('a wrong field is a problem with file, line and path, and stops nothing else', () => {
  const good = cilium('good', {
    selectors: [{ podSelector: {} }],
    destinationCIDRs: ['203.0.113.0/24'],
    egressGateway,
  });
  test.each([
    ['destinationCIDRs: 203.0.113.0/24', 5, 'spec.destinationCIDRs is the string "203.0.113.0/24", not a list'],
    ['destinationCIDRs: [203.0.113.0]', 5, 'spec.destinationCIDRs has "203.0.113.0", no CIDR'],
    ['excludedCIDRs: [8]', 5, 'spec.excludedCIDRs[0] is the number 8, not a string'],
    [
      'selectors: [{podSelector: {matchLabels: {app: true}}}]',
      5,
      'spec.selectors[0].podSelector.matchLabels.app is the boolean true, not a string: put it in quotes',
    ],
    [
      'selectors: [{podSelector: {matchExpressions: [{key: a, operator: Like}]}}]',
      5,
      'spec.selectors[0].podSelector.matchExpressions[0].operator is Like, none of In, NotIn, Exists, DoesNotExist',
    ],
    [
      'selectors: [{podSelector: {matchExpressions: [{key: a, operator: In}]}}]',
      5,
      'spec.selectors[0].podSelector.matchExpressions[0].values must not be empty with operator In',
    ],
    ['egressGateway: {egressIP: 192.0.2.110}', 5, 'spec.egressGateway.nodeSelector is missing'],
    ['egressGateway: {nodeSelector: {}, egressIP: here}', 5, 'spec.egressGateway.egressIP is "here", no IP address'],
    [
      'egressGateway: {nodeSelector: {}, interface: a/b}',
      5,
      'spec.egressGateway.interface is "a/b", no name of a network interface',
    ],
  ])('%s', (field, line, message) => {
    const key = field.slice(0, field.indexOf(':'));
    const rest = {
      selectors: '[{podSelector: {}}]',
      destinationCIDRs: '[203.0.113.0/24]',
      egressGateway: '{nodeSelector: {}}',
    };
    const others = Object.entries(rest)
      .filter(([own]) => own !== key)
      .map(([own, value]) => `  ${own}: ${value}`);
    const bad = [
      'apiVersion: cilium.io/v2',
      'kind: CiliumEgressGatewayPolicy',
      'metadata: {name: bad}',
      'spec:',
      `  ${field}`,
      ...others,
    ].join('\n');
    const made = translate('cilium', `${bad}\n---\n${good}`);
    expect(made.problems).toEqual([{ file: 'in.yaml', line, message: `CiliumEgressGatewayPolicy bad: ${message}` }]);
    expect(ofKind(made, 'ClusterEgressRoute').map(({ manifest }) => manifest.metadata.name)).toEqual(['good']);
  });

  test.each([
    [
      'antrea',
      'crd.antrea.io/v1beta1',
      'Egress',
      '{appliedTo: {podSelector: {}}}',
      'spec.egressIP and externalIPPool are both missing',
    ],
    [
      'antrea',
      'crd.antrea.io/v1beta1',
      'ExternalIPPool',
      '{ipRanges: [{start: 192.0.2.9, end: 192.0.2.1}]}',
      'spec.ipRanges[0].end is 192.0.2.1, which must be of the family of start, 192.0.2.9, and not before it',
    ],
    ['antrea', 'crd.antrea.io/v1beta1', 'ExternalIPPool', '{ipRanges: []}', 'spec.ipRanges is empty'],
    [
      'antrea',
      'crd.antrea.io/v1beta1',
      'ExternalIPPool',
      '{ipRanges: [{cidr: 192.0.2.0/28}], subnetInfo: {gateway: 192.0.2.1, prefixLength: 24, vlan: 5000}}',
      'spec.subnetInfo.vlan is 5000, not one of 0..4094',
    ],
    [
      'spidernet',
      'egressgateway.spidernet.io/v1beta1',
      'EgressGateway',
      '{ippools: {ipv4: ["fd00::1"]}}',
      'spec.ippools.ipv4 has "fd00::1", which is no IPv4 address, range or CIDR',
    ],
    [
      'spidernet',
      'egressgateway.spidernet.io/v1beta1',
      'EgressPolicy',
      '{egressGatewayName: 5}',
      'spec.appliedTo is missing',
    ],
    [
      'spidernet',
      'egressgateway.spidernet.io/v1beta1',
      'EgressClusterPolicy',
      '{egressGatewayName: 5, appliedTo: {podSelector: {matchLabels: {a: b}}}}',
      'spec.egressGatewayName is the number 5, not a string',
    ],
    ['ovn', 'k8s.ovn.org/v1', 'EgressIP', '{egressIPs: [192.0.2.1]}', 'spec.namespaceSelector is missing'],
    [
      'ovn',
      'k8s.ovn.org/v1',
      'EgressIP',
      '{egressIPs: [], namespaceSelector: {}}',
      'spec.egressIPs is missing or empty',
    ],
    ['ovn', 'k8s.ovn.org/v1', 'EgressIP', '', 'spec is missing'],
  ] as const)('of %s %s %s %s', (from, apiVersion, kind, spec, message) => {
    const made = translate(from, `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: bad}\nspec: ${spec}\n`);
    expect(made.problems.map((problem) => problem.message)).toEqual([`${kind} bad: ${message}`]);
    expect(made.manifests).toEqual([]);
  });

  test.each([
    [
      'kube-vip.io/egress: true',
      'metadata.annotations["kube-vip.io/egress"] is the boolean true, not a string: put it in quotes',
    ],
    [
      'kube-vip.io/egress: "true", kube-vip.io/egress-destination-ports: "icmp:1"',
      'metadata.annotations["kube-vip.io/egress-destination-ports"] has "icmp:1", which is not PROTOCOL:PORT',
    ],
    [
      'kube-vip.io/egress: "true", kube-vip.io/egress-denied-networks: "here"',
      'metadata.annotations["kube-vip.io/egress-denied-networks"] has "here", no network',
    ],
  ])('of kube-vip %s', (annotations, message) => {
    const made = translate(
      'kube-vip',
      `apiVersion: v1\nkind: Service\nmetadata: {name: bad, namespace: shop, annotations: {${annotations}}}\nspec: {type: LoadBalancer, selector: {a: b}}\n`,
    );
    expect(made.problems.map((problem) => problem.message)).toEqual([`Service shop/bad: ${message}`]);
  });
});

// Whoever splits a folder into other files, or sorts it anew, gets the same manifests.
const folder = join(import.meta.dirname, '../../golden/migrate');
describe('the order of the documents changes nothing', () => {
  // Where an object is there twice, the order does matter.
  const cases = globSync('*/in.yaml', { cwd: folder })
    .filter((path) => !path.startsWith('ovn-nasty'))
    .sort();
  test.each(cases)('%s', (path) => {
    const from = peers.find((peer) => path.startsWith(peer)) ?? 'cilium';
    const documents = readDocuments('in.yaml', readFileSync(join(folder, path), 'utf8'));
    const options = { from, namespace: 'platform', gatewayClass: 'egress', interface: 'eth0' } as const;
    const wanted = renderYaml(translateFrom({ ...documents, objects: documents.objects }, options));
    fc.assert(
      fc.property(fc.shuffledSubarray([...documents.objects], { minLength: documents.objects.length }), (objects) => {
        const { manifests } = translateFrom({ ...documents, objects }, options);
        expect(renderYaml({ manifests, notes: [], problems: [] })).toBe(withoutTop(wanted));
      }),
      { numRuns: 10 },
    );
  });
});

function withoutTop(text: string): string {
  const [first = '', ...more] = text.split('---\n');
  return /^[^#]/m.test(first) ? text : more.join('---\n');
}

test('JSON and YAML say the same', () => {
  for (const path of globSync('*/in.yaml', { cwd: folder })) {
    const from = peers.find((peer) => path.startsWith(peer)) ?? 'cilium';
    const made = translate(from, readFileSync(join(folder, path), 'utf8'));
    const list = JSON.parse(renderJson(made)) as {
      readonly items: readonly unknown[];
      readonly notes: readonly unknown[];
    };
    // As kubectl reads it: YAML 1.1, where yes and on are no strings.
    const documents = parseAllDocuments(renderYaml(made), { version: '1.1' });
    const items = (Array.isArray(documents) ? documents : []).flatMap((document) => document.toJS() ?? []);
    expect(items).toEqual(list.items);
    expect(list.notes.length).toBe(
      made.notes.length + made.manifests.reduce((sum, { notes }) => sum + notes.length, 0),
    );
  }
});

test('hasSources', () => {
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
  expect(hasSources(readDocuments('a', namespace), 'spidernet')).toBe(false);
  expect(hasSources(readDocuments('a', cilium('a', {})), 'cilium')).toBe(true);
  expect(hasSources(readDocuments('a', cilium('a', {})), 'ovn')).toBe(false);
});
