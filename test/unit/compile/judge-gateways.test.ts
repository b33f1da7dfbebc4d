import { describe, expect, test } from 'vitest';
import type { Gateway, Listener } from '../../../src/api/gateway.ts';
import type { EgressGatewayParameters } from '../../../src/api/kinds.ts';
import { apiGroup, listenerProtocol } from '../../../src/api/names.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { egressClass, gateway, gatewayClass, meta, snapshot } from '../../support/objects.ts';

const statusOf = (one: Gateway, more: Parameters<typeof snapshot>[0] = {}) => {
  const { plan } = settleAll(snapshot({ gateways: [one], ...more }));
  const status = plan.gateways[0]?.status;
  const said = (type: string) => {
    const found = status?.conditions.find((condition) => condition.type === type);
    return `${found?.status} ${found?.reason}: ${found?.message}`;
  };
  return { status, said, placement: plan.placements[0], groups: plan.cluster?.status.groups };
};
const listener = (name: string, more: Partial<Listener> = {}): Listener => {
  return { name, port: 1, protocol: listenerProtocol, ...more };
};

describe('Accepted', () => {
  test('tells the conflicted from the accepted listeners', () => {
    const listeners = [listener('a'), listener('b'), listener('c', { port: 2 }), listener('d', { protocol: 'TCP' })];
    expect(statusOf(gateway('platform/partners', { listeners })).said('Accepted')).toMatch(
      /^True ListenersNotValid: listeners not accepted: a \(conflicted\), b \(conflicted\), d; accepted: c;/,
    );
  });

  test('is False when only conflicted ones are left', () => {
    const { said } = statusOf(gateway('platform/partners', { listeners: [listener('a'), listener('b')] }));
    expect(said('Accepted')).toMatch(/^False ListenersNotValid: no listener is accepted: a \(conflicted\), b/);
    expect(said('Programmed')).toMatch(/^False Invalid/);
  });

  test('refuses spec.tls', () => {
    expect(statusOf(gateway('platform/partners', { tls: {} })).said('Accepted')).toMatch(/^False Invalid: spec\.tls /);
  });

  test('is Unknown while the class is refused: no reason of upstream makes that False', () => {
    const more = { gatewayClasses: [gatewayClass('egress', 'nobody')] };
    const { said, status } = statusOf(gateway('platform/partners'), more);
    expect(said('Accepted')).toMatch(/^Unknown Pending: GatewayClass egress is not accepted: /);
    expect(said('Programmed')).toMatch(/^False Pending/);
    const programmed = status?.listeners[0]?.conditions.find(({ type }) => type === 'Programmed');
    expect(programmed).toMatchObject({ status: 'False', reason: 'Pending' });
  });

  test('every condition is of the generation that was judged', () => {
    const { status } = statusOf(gateway('platform/partners', { listeners: [listener('a')] }, { generation: 7 }));
    const all = [...(status?.conditions ?? []), ...(status?.listeners.flatMap(({ conditions }) => conditions) ?? [])];
    expect(new Set(all.map(({ observedGeneration }) => observedGeneration))).toEqual(new Set([7]));
    expect(all.length).toBeLessThanOrEqual(16);
    expect(all.map(({ type }) => type)).not.toContain('Ready');
  });
});

const parameters = (spec: EgressGatewayParameters['spec']): EgressGatewayParameters => {
  return { metadata: meta('platform/own'), spec };
};
const referring = (ref: Partial<{ group: string; kind: string; name: string }> = {}) => {
  const parametersRef = { group: apiGroup, kind: 'EgressGatewayParameters', name: 'own', ...ref };
  return gateway('platform/partners', { infrastructure: { parametersRef } });
};

describe('infrastructure.parametersRef', () => {
  const refusals: readonly [name: string, ref: object, found: EgressGatewayParameters[], message: RegExp][] = [
    ['missing', {}, [], /EgressGatewayParameters own does not exist in namespace platform/],
    ['of another namespace', {}, [{ ...parameters({}), metadata: meta('shop/own') }], /does not exist/],
    ['of the wrong kind', { kind: 'ConfigMap' }, [parameters({})], /ConfigMap of group sallyport\.dev/],
    ['of the wrong group', { group: '' }, [parameters({})], /of group {2}is of the wrong kind/],
    ['with a network of nobody', {}, [parameters({ network: 'dmz' })], /own: spec\.network: dmz is no network/],
    [
      'with an unknown profile',
      {},
      [parameters({ failover: { profile: 'Sudden' as 'Fast' } })],
      /own: spec\.failover\.profile: Sudden is none of/,
    ],
  ];
  test.each(refusals)('%s: InvalidParameters', (_, ref, found, message) => {
    const { said, placement } = statusOf(referring(ref), { parameters: found });
    expect(said('Accepted')).toMatch(/^False InvalidParameters: /);
    expect(said('Accepted')).toMatch(message);
    expect(placement).toBeUndefined();
  });

  test('comes before addresses and listeners', () => {
    const spec = { addresses: [{ type: 'Hostname', value: 'x' }], listeners: [listener('a', { protocol: 'TCP' })] };
    const one = gateway('platform/partners', { ...spec, infrastructure: referring().spec.infrastructure ?? {} });
    expect(statusOf(one).said('Accepted')).toMatch(/^False InvalidParameters/);
  });

  const classes = { egressClasses: [egressClass({ failover: { profile: 'Wan', preempt: true } })] };
  test('the class gives defaults, the Gateway overrides', () => {
    // Preemption is the controller's, who hands over; it makes a group of another kind.
    const kindOf = (found: ReturnType<typeof statusOf>) => [
      found.placement?.spec.failover.advertMilliseconds,
      found.groups?.[0]?.key,
    ];
    expect(kindOf(statusOf(gateway('platform/partners'), classes))).toEqual([1000, 'egress/default/Wan/true/0']);
    const own = { ...classes, parameters: [parameters({ failover: { profile: 'Fast' } })] };
    expect(kindOf(statusOf(referring(), own))).toEqual([10, 'egress/default/Fast/true/0']);
    const both = { ...classes, parameters: [parameters({ failover: { preempt: false } })] };
    expect(kindOf(statusOf(referring(), both))).toEqual([1000, 'egress/default/Wan/false/0']);
  });
});

test('infrastructure labels and annotations go onto the placement', () => {
  const infrastructure = { labels: { team: 'a' }, annotations: { 'example.com/note': 'x' } };
  expect(statusOf(gateway('platform/partners', { infrastructure })).placement).toMatchObject(infrastructure);
});

describe('the network', () => {
  const partner = {
    name: 'partner',
    interface: 'eth1',
    vlan: 7,
    gateway4: '172.30.0.1',
    gateway6: 'FE80:0::1',
  } as const;
  const networks = [
    { name: 'nodes' },
    { ...partner, routes: 'Own' as const, nodeSelector: { matchLabels: { a: 'b' } } },
  ];
  const addresses = (network: string) => ({
    pools: [{ metadata: meta('own'), spec: { network, addresses: ['172.30.0.100'] } }],
  });
  const classes = { egressClasses: [egressClass({ networks })] };

  test('is the first one of the class, as the schema says', () => {
    const { placement } = statusOf(gateway('platform/partners'), { ...classes, ...addresses('nodes') });
    expect(placement?.spec.network).toEqual({ name: 'nodes' });
  });

  test('or the one of the parameters, told to agents with its addresses in canonical form, on nodes that both selectors select', () => {
    const { placement, said } = statusOf(referring(), {
      ...classes,
      ...addresses('partner'),
      parameters: [parameters({ network: 'partner' })],
    });
    expect(placement?.spec.network).toEqual({ ...partner, gateway6: 'fe80::1' });
    expect(placement?.spec.candidates).toEqual([]);
    expect(said('Programmed')).toMatch(/^False NoResources: .* matches the node selectors of EgressClass egress/);
  });
});
