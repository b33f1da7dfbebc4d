import { expect, test } from 'vitest';
import { emptyCluster, readManifests } from '../../../src/inspect/read-manifests.ts';
import { renderValidation } from '../../../src/inspect/render-validation.ts';
import { validate } from '../../../src/inspect/validate.ts';
import { now, snapshot } from '../../support/objects.ts';

const platform = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: egress}
spec:
  controllerName: sallyport.dev/egress-controller
  parametersRef: {group: sallyport.dev, kind: EgressClass, name: egress}
---
apiVersion: sallyport.dev/v1alpha1
kind: EgressClass
metadata: {name: egress}
---
apiVersion: sallyport.dev/v1alpha1
kind: EgressAddressPool
metadata: {name: lab}
spec: {addresses: [192.0.2.100-192.0.2.109]}
`;
const gateway = (more = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: out, namespace: shop}
spec:
  gatewayClassName: egress
  listeners: [{name: egress, protocol: sallyport.dev/IP, port: 1}]
${more}`;
const route = (rule = '{}', name = 'all') => `
apiVersion: sallyport.dev/v1alpha1
kind: EgressRoute
metadata: {name: ${name}, namespace: shop}
spec:
  parentRefs: [{name: out}]
  rules: [${rule}]
`;
const files = (...texts: readonly string[]) => texts.map((text, at) => ({ file: `${at + 1}.yaml`, text }));
const offline = (...texts: readonly string[]) =>
  validate(readManifests(files(...texts), 'default'), emptyCluster(now), true);
const lines = (...texts: readonly string[]) =>
  offline(...texts).findings.map(({ file, line, object, severity, message }) => {
    return [`${file}:${line}`, object, severity, message] as const;
  });

test('whole sets of manifests have nothing against them', () => {
  expect(renderValidation(offline(platform, gateway(), route()))).toBe('5 objects judged: 0 errors, 0 warnings\n');
});

test('what is not among them is a reservation, no error', () => {
  expect(lines(route())).toEqual([
    [
      '1.yaml:2',
      'EgressRoute shop/all',
      'warning',
      expect.stringContaining('whether Gateway shop/out takes the route'),
    ],
  ]);
  expect(lines(gateway(), route()).map(([, object, severity]) => `${object} ${severity}`)).toEqual([
    'Gateway shop/out warning',
    'EgressRoute shop/all warning',
  ]);
});

test('what the API server refuses has the line of its field', () => {
  const bad = route('{matches: [{destinations: [{cidr: 203.0.113.1/24}]}]}');
  expect(lines(bad)).toEqual([
    [
      '1.yaml:7',
      'EgressRoute shop/all',
      'error',
      expect.stringMatching(/^spec\.rules\[0\]\.matches\[0\]\.destinations\[0\]\.cidr: has address bits set/),
    ],
  ]);
});

test('what the controller refuses is what it would write into conditions', () => {
  const hostname = route('{matches: [{destinations: [{hostname: a.example.com}]}]}');
  expect(lines(platform, gateway(), hostname)).toEqual([
    ['3.yaml:7', 'EgressRoute shop/all', 'error', expect.stringMatching(/^Accepted False\/UnsupportedValue: /)],
  ]);
  const taken = gateway('  addresses: [{value: 192.0.2.200}]');
  expect(lines(platform, taken)).toEqual([
    [
      '2.yaml:8',
      'Gateway shop/out',
      'error',
      expect.stringMatching(/^Programmed False\/AddressNotUsable: .*192\.0\.2\.200/),
    ],
  ]);
});

test('a route that another one shadows is told by whom', () => {
  expect(lines(platform, gateway(), route('{}', 'a'), route('{}', 'b'))).toEqual([
    ['4.yaml:2', 'EgressRoute shop/b', 'warning', expect.stringMatching(/^sallyport\.dev\/Shadowed True\/.*shop\/a/)],
  ]);
});

test('an object that is there twice is named with both places', () => {
  expect(lines(platform, gateway(), route(), route())).toEqual([
    ['4.yaml:2', 'EgressRoute shop/all', 'error', expect.stringContaining('3.yaml:2 has it, too')],
  ]);
});

test('in a cluster, what is missing is missing', () => {
  const inCluster = (text: string) => validate(readManifests(files(text), 'nowhere'), snapshot(), false).findings;
  expect(inCluster(route())).toMatchObject([{ severity: 'error', message: expect.stringContaining('NoParent') }]);
  expect(inCluster(route().replace(', namespace: shop', ''))).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ message: expect.stringContaining('there is no namespace nowhere in the cluster') }),
    ]),
  );
});

test('objects of other kinds are counted, and of no harm', () => {
  const { foreign, findings } = offline(platform, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
  expect({ foreign, findings }).toEqual({ foreign: 1, findings: [] });
});
