import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Condition } from '../../src/api/meta.ts';
import { sourceOf, until, useLab } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import {
  addressOf,
  apply,
  eventsOf,
  listObjects,
  ownKinds,
  readObject,
  refusal,
  runningPods,
  untilCondition,
  untilProgrammed,
} from '../support/lab-objects.ts';
import { changesWithin } from '../support/lab-quiet.ts';

// One broken object after the other: each is answered with what is wrong, where, and what to do; a healthy Gateway beside them
// carries its traffic before and after every one.
const lab = useLab('bad-input', { nodes: 2 });

let address = '';

beforeAll(async () => {
  await apply(lab, namespaceYaml('good'), podYaml('good/web', { node: 'node-1' }), gatewayYaml('good/out'));
  await apply(lab, routeYaml('good/all', { gateway: 'good/out' }), namespaceYaml('bad'));
  address = await addressOf(lab, 'good/out');
  await untilProgrammed(lab, 'egressroute', 'good/all');
  await runningPods(lab, 'good', { count: 1 });
});

const healthy = async () => {
  expect(await sourceOf(lab, 'good/web')).toBe(address);
  expect(await addressOf(lab, 'good/out')).toBe(address);
};
beforeEach(healthy);
afterAll(healthy);

const falseOf = (type: string, reason: string) => ({ type, status: 'False', reason }) as const;

/** An Event that repeats the condition's message for people who look there. */
async function expectEvent(kind: string, key: string, { reason, message }: Condition): Promise<void> {
  const found = await until(`an Event about ${kind} ${key} exists`, async () => {
    const events = await eventsOf(lab, kind, key);
    return events.find((event) => event.reason === reason);
  });
  expect(found).toMatchObject({ type: 'Warning', reason, note: message });
}

describe('a Gateway', () => {
  it('with an HTTP listener', async () => {
    const listener = (name: string, protocol: string, port: number) =>
      `  - {name: ${name}, protocol: ${protocol}, port: ${port}}`;
    await apply(lab, gatewayYaml('bad/http').replace(/ {2}- \{name: egress.*\n/, `${listener('web', 'HTTP', 80)}\n`));
    const condition = await untilCondition(lab, ['gateway', 'bad/http'], falseOf('Accepted', 'ListenersNotValid'));
    expect(condition.message).toBe(
      'no listener is accepted: web; the condition Accepted of each listener says what to change',
    );
    const listeners = (await readObject(lab, 'gateway', 'bad/http'))?.status?.listeners ?? [];
    expect(listeners[0]?.conditions.find(({ type }) => type === 'Accepted')).toMatchObject({
      ...falseOf('Accepted', 'UnsupportedProtocol'),
      message: 'protocol HTTP is not supported; use sallyport.dev/IP',
    });
    await expectEvent('Gateway', 'bad/http', condition);
  });

  it('with an address outside the pool', async () => {
    await apply(lab, gatewayYaml('bad/foreign', { spec: 'addresses: [{value: 192.0.2.200}]' }));
    const condition = await untilCondition(lab, ['gateway', 'bad/foreign'], falseOf('Programmed', 'AddressNotUsable'));
    expect(condition.message).toMatch(/^spec\.addresses\[0\]: 192\.0\.2\.200 is in no pool that namespace bad may use/);
    expect((await readObject(lab, 'gateway', 'bad/foreign'))?.status?.addresses ?? []).toEqual([]);
    await expectEvent('Gateway', 'bad/foreign', condition);
  });

  it("with a node's address, a healthy Gateway's address and one of an unknown type", async () => {
    await apply(lab, gatewayYaml('bad/node', { spec: 'addresses: [{value: 192.0.2.11}]' }));
    await apply(lab, gatewayYaml('bad/taken', { spec: `addresses: [{value: ${address}}]` }));
    await apply(lab, gatewayYaml('bad/type', { spec: 'addresses: [{type: Hostname, value: out.example.com}]' }));
    const node = await untilCondition(lab, ['gateway', 'bad/node'], falseOf('Programmed', 'AddressNotUsable'));
    expect(node.message).toBe('spec.addresses[0]: 192.0.2.11 lies inside the cluster ranges');
    const taken = await untilCondition(lab, ['gateway', 'bad/taken'], falseOf('Programmed', 'AddressNotUsable'));
    expect(taken.message).toBe(`spec.addresses[0]: ${address} is taken by Gateway good/out`);
    const type = await untilCondition(lab, ['gateway', 'bad/type'], falseOf('Accepted', 'UnsupportedAddress'));
    expect(type.message).toBe('spec.addresses[0]: type Hostname is not supported; use IPAddress or sallyport.dev/Pool');
  });

  it('whose listener lists a route kind of another group', async () => {
    await apply(lab, gatewayYaml('bad/kinds', { allowedRoutes: '{kinds: [{kind: EgressRoute}]}' }));
    await untilCondition(lab, ['gateway', 'bad/kinds'], falseOf('ResolvedRefs', 'ListenersNotResolved'));
    const [listener] = (await readObject(lab, 'gateway', 'bad/kinds'))?.status?.listeners ?? [];
    const resolved = listener?.conditions.find(({ type }) => type === 'ResolvedRefs');
    expect(resolved).toMatchObject(falseOf('ResolvedRefs', 'InvalidRouteKinds'));
    expect(resolved?.message).toMatch(/^allowedRoutes\.kinds: .*write group: sallyport\.dev/);
  });

  it('with parameters that do not exist', async () => {
    const spec = 'infrastructure: {parametersRef: {group: sallyport.dev, kind: EgressGatewayParameters, name: nobody}}';
    await apply(lab, gatewayYaml('bad/parameters', { spec }));
    const wanted = falseOf('Accepted', 'InvalidParameters');
    const { message } = await untilCondition(lab, ['gateway', 'bad/parameters'], wanted);
    expect(message).toMatch(/^spec\.infrastructure\.parametersRef: .*nobody/);
  });
});

describe('a route', () => {
  it('to a missing Gateway', async () => {
    await apply(lab, routeYaml('bad/lost', { gateway: 'bad/nobody' }));
    const condition = await untilCondition(lab, ['egressroute', 'bad/lost'], falseOf('Accepted', 'NoParent'));
    expect(condition.message).toMatch(
      /^no parentRef names a Gateway of sallyport\.dev\/egress-controller: .*bad\/nobody/,
    );
    expect((await readObject(lab, 'egressroute', 'bad/lost'))?.status?.parents).toEqual([]);
    await expectEvent('EgressRoute', 'bad/lost', condition);
  });

  it('to a Gateway that does not let its namespace in', async () => {
    await apply(lab, routeYaml('bad/stranger', { gateway: 'good/out' }));
    const wanted = falseOf('Accepted', 'NotAllowedByListeners');
    const condition = await untilCondition(lab, ['egressroute', 'bad/stranger'], wanted);
    expect(condition.message).toContain('Gateway good/out: listener egress');
    await expectEvent('EgressRoute', 'bad/stranger', condition);
  });

  it.each([
    [
      'a CIDR with host bits',
      '{cidr: 203.0.113.7/24}',
      /destinations\[0\]\.cidr: .*address bits set behind its prefix length; write/,
    ],
    [
      'a CIDR that is none',
      '{cidr: 203.0.113.0}',
      /destinations\[0\]\.cidr: .*must be a CIDR such as 203\.0\.113\.0\/24/,
    ],
    ['an except elsewhere', '{cidr: 203.0.113.0/24, except: [198.51.100.0/25]}', /every except must lie inside cidr/],
    ['neither cidr nor hostname', '{}', /exactly one of cidr and hostname must be set/],
  ])('with %s is refused by the API server', async (_, destination, message) => {
    const match = `{destinations: [${destination}]}`;
    const text = await refusal(lab, routeYaml('bad/cidr', { gateway: 'good/out', match }));
    expect(text).toMatch(/spec\.rules\[0\]\.matches\[0\]/);
    expect(text).toMatch(message);
    expect(await readObject(lab, 'egressroute', 'bad/cidr')).toBeUndefined();
  });

  it('with a field whose feature is not built', async () => {
    const match = '{destinations: [{hostname: example.com}]}';
    await apply(lab, routeYaml('good/hostname', { gateway: 'good/out', match }));
    const wanted = falseOf('Accepted', 'UnsupportedValue');
    const { message } = await untilCondition(lab, ['egressroute', 'good/hostname'], wanted);
    expect(message).toMatch(/rules\[0\]\.matches\[0\]\.destinations\[0\]\.hostname/);
  });
});

describe('a class', () => {
  const classYaml = (name: string, parameters: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ${name}}
spec: {controllerName: sallyport.dev/egress-controller${parameters}}`;
  const wanted = falseOf('Accepted', 'InvalidParameters');

  it.each([
    [
      'missing',
      ', parametersRef: {group: sallyport.dev, kind: EgressClass, name: nobody}',
      /^spec\.parametersRef: EgressClass nobody does not exist; create it$/,
    ],
    [
      'of-a-kind',
      ', parametersRef: {group: "", kind: ConfigMap, namespace: good, name: x}',
      /^spec\.parametersRef: .*; name an EgressClass of group sallyport\.dev$/,
    ],
    ['without', '', /^spec\.parametersRef: .*; name an EgressClass of group sallyport\.dev$/],
  ])('with parameters %s', async (name, parameters, message) => {
    await apply(lab, classYaml(name, parameters));
    const condition = await untilCondition(lab, ['gatewayclass', name], wanted);
    expect(condition.message).toMatch(message);
    await expectEvent('GatewayClass', name, condition);
    await apply(lab, gatewayYaml(`bad/${name}`).replace('gatewayClassName: egress', `gatewayClassName: ${name}`));
    const gateway = await untilCondition(lab, ['gateway', `bad/${name}`], {
      type: 'Accepted',
      status: 'Unknown',
      reason: 'Pending',
    });
    expect(gateway.message).toBe(`GatewayClass ${name} is not accepted: ${condition.message}`);
  });
});

describe('a pool', () => {
  const poolYaml = (addresses: string) => `
apiVersion: sallyport.dev/v1alpha1
kind: EgressAddressPool
metadata: {name: bad}
spec: {addresses: [${addresses}]}`;

  it('with a range that ends before it begins is refused by the API server', async () => {
    const text = await refusal(lab, poolYaml('192.0.2.149-192.0.2.140'));
    expect(text).toMatch(/spec\.addresses\[0\]: .*the first address of a range must not be behind the last/);
  });

  it('with nothing but cluster addresses', async () => {
    await apply(lab, poolYaml('10.96.0.0/24'));
    const wanted = falseOf('Accepted', 'AddressNotUsable');
    const { message } = await untilCondition(lab, ['egressaddresspool', 'bad'], wanted);
    expect(message).toMatch(/^no address remains: .*inside the cluster or transit ranges/);
  });
});

describe('status, beside all of this', () => {
  it('says of every condition which generation it is about', async () => {
    // A node's report has no spec: its conditions speak of the node.
    const objects = (await listObjects(lab, ownKinds)).filter(({ kind }) => kind !== 'EgressNodeReport');
    expect(objects.length).toBeGreaterThan(20);
    const stale = objects.flatMap(({ kind, metadata, status }) =>
      [status, ...(status?.parents ?? []), ...(status?.listeners ?? [])]
        .flatMap((part) => part?.conditions ?? [])
        .filter(({ observedGeneration }) => observedGeneration !== metadata.generation)
        .map(({ type, observedGeneration }) => ({ kind, name: metadata.name, type, observedGeneration })),
    );
    expect(stale).toEqual([]);
  });

  it('is not written, and no Event repeated, while nothing happens for 20 s', async () => {
    // A standby that is new asks for its copies after a grace period of 5 s, and says so when they have come.
    const isQuiet = async () => ((await changesWithin(lab, 10)).length === 0 ? true : undefined);
    await until('nothing changes for 10 s', isQuiet);
    expect(await changesWithin(lab, 20)).toEqual([]);
  });
});
