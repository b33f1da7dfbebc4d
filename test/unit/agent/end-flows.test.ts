import { expect, it } from 'vitest';
import { mayDoom, type RightsMemory, rememberRights } from '../../../src/agent/end-flows.ts';
import type { PodRights } from '../../../src/compile/flow-right.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';

const right = (gatewayUid: string): PodRights => ({
  rules: [{ gatewayUid, route: 'shop/all', rule: 0, match: 0, destinations: [], ports: [] } as never],
  identities: new Map([
    ['gw', new Set([513])],
    ['gx', new Set([514])],
  ]),
});
const nothing = {
  podStart: 'Hold',
  podRanges: ['10.244.1.0/24'],
  identities: [],
  groups: [],
  clusterRanges: ['10.244.0.0/16'],
  egressAddresses: ['192.0.2.100'],
};

interface Given {
  readonly plan?: Partial<NodePlan>;
  readonly before?: RightsMemory;
}

/** Pods by address: of a Gateway, or of none. */
function memory(pods: Readonly<Record<string, string | undefined>>, { plan = {}, before }: Given = {}): RightsMemory {
  const rights = Object.entries(pods).flatMap(([address, gateway]) =>
    gateway === undefined ? [] : [[address, right(gateway)] as const],
  );
  const whole = { ...nothing, judged: Object.keys(pods), ...plan } as NodePlan;
  const selection = {
    plan: whole,
    rights: new Map(rights),
    usedGateways: new Set<string>(),
    namespaces: [],
    refused: [],
  };
  return rememberRights(selection, before);
}

const identity = (id: number) => ({ id, group: 1, egress4: '192.0.2.100' }) as NodePlan['identities'][number];
const candidate = { groups: [{ group: 1, vrrp: {} }] as unknown as NodePlan['groups'] };
const withFlows: RightsMemory = { ...memory({}), used: new Set(['10.244.1.2']) };
const plainPodLeft = memory({}, { before: memory({ '10.244.1.2': undefined }) });

it.each([
  ['the first time', undefined, memory({}), true],
  ['nothing', memory({ '10.244.1.2': 'gw' }), memory({ '10.244.1.2': 'gw' }), false],
  ['a Pod starts where nobody was', memory({}), memory({ '10.244.1.2': 'gw' }), false],
  ['a Pod without a route starts', memory({}), memory({ '10.244.1.2': undefined }), false],
  ['a Pod ends', memory({ '10.244.1.2': 'gw' }), memory({}), true],
  ['a Pod without a route ends', memory({ '10.244.1.2': undefined }), memory({}), false],
  [
    'a Pod starts where one without a route was',
    plainPodLeft,
    memory({ '10.244.1.2': 'gw' }, { before: plainPodLeft }),
    true,
  ],
  ['a Pod starts where flows were found', withFlows, memory({ '10.244.1.2': 'gw' }, { before: withFlows }), true],
  ['a Pod starts elsewhere', withFlows, memory({ '10.244.1.3': 'gw' }, { before: withFlows }), false],
  ['a route takes a Pod', memory({ '10.244.1.2': undefined }), memory({ '10.244.1.2': 'gw' }), true],
  ['a route leads elsewhere', memory({ '10.244.1.2': 'gw' }), memory({ '10.244.1.2': 'gx' }), true],
  ['a Pod starts where its address is not held', memory({}), memory({ '10.244.7.2': 'gw' }), true],
  [
    'a Pod starts where nothing is held',
    memory({}, { plan: { podStart: 'Open' } }),
    memory({ '10.244.1.2': 'gw' }, { plan: { podStart: 'Open' } }),
    true,
  ],
  ['an egress address comes', memory({}), memory({}, { plan: { egressAddresses: ['192.0.2.101'] } }), true],
  [
    'an identity comes',
    memory({}, { plan: candidate }),
    memory({}, { plan: { ...candidate, identities: [identity(513)] } }),
    false,
  ],
  ['an identity goes', memory({}, { plan: { identities: [identity(513)] } }), memory({}), false],
  [
    '… of a candidate',
    memory({}, { plan: { ...candidate, identities: [identity(513)] } }),
    memory({}, { plan: candidate }),
    true,
  ],
  ['… of what was one', memory({}, { plan: { ...candidate, identities: [identity(513)] } }), memory({}), true],
])('whether conntrack is asked: %s', (_what, before, now, asked) => {
  expect(mayDoom(before, now)).toBe(asked);
});

it('remembers where Pods left until conntrack was asked', () => {
  const first = memory({ '10.244.1.2': undefined, '10.244.1.3': 'gw' });
  const second = memory({ '10.244.1.3': 'gw' }, { before: first });
  const third = memory({}, { before: second });
  expect([...third.used]).toEqual(['10.244.1.2', '10.244.1.3']);
});
