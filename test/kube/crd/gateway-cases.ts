import { type CrdCase, type CrdCases, oneOf, required, within } from './case.ts';

// Gateway API's own kinds: the offline schema (src/schema/gateway-schema.ts) must say what the API server with upstream's CRDs says. The
// messages are the API server's.

const listener = { name: 'egress', protocol: 'sallyport.dev/IP', port: 1 };
const inRange = (at: string): readonly CrdCase[] => [...within(at, 1, 65_535)];

const gateway: CrdCases = {
  kind: 'Gateway',
  apiVersion: 'gateway.networking.k8s.io/v1',
  plural: 'gateways',
  namespaced: true,
  base: { metadata: { name: 'base' }, spec: { gatewayClassName: 'egress', listeners: [listener] } },
  cases: [
    required('spec', { gatewayClassName: 'egress', listeners: [listener] }),
    required('spec.gatewayClassName', 'egress'),
    required('spec.listeners', [listener]),
    { at: 'spec.listeners', passes: [listener], fails: [], message: 'should have at least 1 items' },
    ...inRange('spec.listeners.0.port'),
    required('spec.listeners.0.name', 'a'),
    { at: 'spec.listeners.0.name', passes: 'a.b-c', fails: 'A', message: 'should match' },
    { at: 'spec.listeners.0.protocol', passes: 'HTTP', fails: 'sallyport.dev/', message: 'should match' },
    { at: 'spec.listeners.0.hostname', passes: '*.example.com', fails: 'a_b', message: 'should match' },
    ...oneOf('spec.listeners.0.allowedRoutes.namespaces.from', 'All', 'Selector', 'Same'),
    {
      at: 'spec.listeners.0.allowedRoutes.kinds',
      passes: [{ kind: 'A' }],
      fails: [{ group: 'a' }],
      message: 'Required',
    },
    {
      at: 'spec.listeners',
      passes: [listener, { ...listener, name: 'b', port: 2 }],
      fails: [listener, { ...listener, port: 2 }],
      message: 'Duplicate value',
    },
    {
      at: 'spec.listeners',
      passes: [listener, { ...listener, name: 'b', hostname: 'b' }],
      fails: [listener, { ...listener, name: 'b' }],
      message: 'Combination of port, protocol and hostname',
    },
    {
      at: 'spec.listeners.0',
      passes: { ...listener, protocol: 'TCP' },
      fails: { ...listener, protocol: 'TCP', hostname: 'a' },
      message: 'hostname must not be specified',
    },
    {
      at: 'spec.addresses',
      passes: [{ value: '192.0.2.1' }, { value: '2001:db8::1' }, { type: 'sallyport.dev/Pool', value: 'lab' }],
      fails: [{ value: '192.0.2.1' }, { value: '192.0.2.1' }],
      message: 'IPAddress values must be unique',
    },
    { at: 'spec.addresses', passes: [{}, {}], fails: [{ value: '192.0.2.256' }], message: 'must be' },
    {
      at: 'spec.addresses',
      passes: [{ type: 'Hostname', value: 'a' }],
      fails: [{ type: '' }],
      message: 'at least 1 chars',
    },
    { at: 'spec.addresses', passes: [{ type: 'a.b/c' }], fails: [{ type: 'none' }], message: 'should match' },
    {
      at: 'spec.infrastructure.parametersRef',
      passes: { group: 'sallyport.dev', kind: 'EgressGatewayParameters', name: 'a' },
      fails: { group: 'sallyport.dev', kind: 'EgressGatewayParameters' },
      message: 'Required value',
    },
    { at: 'spec.infrastructure.labels', passes: { a: 'b' }, fails: { a: '-' }, message: 'should match' },
  ],
};

const gatewayClass: CrdCases = {
  kind: 'GatewayClass',
  apiVersion: 'gateway.networking.k8s.io/v1',
  plural: 'gatewayclasses',
  base: { metadata: { name: 'base' }, spec: { controllerName: 'sallyport.dev/egress-controller' } },
  cases: [
    required('spec.controllerName', 'a.b/c'),
    { at: 'spec.controllerName', passes: 'a.b/c', fails: 'abc', message: 'should match' },
    { at: 'spec.description', passes: 'x'.repeat(64), fails: 'x'.repeat(65), message: 'may not be more than 64' },
    {
      at: 'spec.parametersRef',
      passes: { group: 'sallyport.dev', kind: 'EgressClass', name: 'egress' },
      fails: { kind: 'EgressClass', name: 'egress' },
      message: 'Required value',
    },
  ],
};

export const gatewayCases: readonly CrdCases[] = [gateway, gatewayClass];
