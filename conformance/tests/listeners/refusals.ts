import type { WantedCondition } from '../../lib/conditions.ts';
import { check } from '../../lib/failure.ts';
import {
  accepted,
  createGateway,
  listenerStatus,
  programmed,
  untilGateway,
  untilListener,
} from '../../lib/gateways.ts';
import { gatewayName, type Listener, listener, type Place } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { conditionsOf, describeConditions, describeName, listAt } from '../../lib/read.ts';
import { startRoute } from '../../lib/routes.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';

const unsupportedProtocol: WantedCondition = { type: 'Accepted', status: 'False', reason: 'UnsupportedProtocol' };
const unsupportedValue: WantedCondition = { type: 'Accepted', status: 'False', reason: 'UnsupportedValue' };
const notProgrammed: WantedCondition = { type: 'Programmed', status: 'False' };

export const listenerRefusals: readonly ConformanceTest[] = [
  {
    name: 'ListenerUnsupportedProtocol',
    description: 'Listeners of protocols HTTP, TCP and UDP are not Accepted: UnsupportedProtocol, and support no kind.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const protocols = ['HTTP', 'TCP', 'UDP'];
      const listeners = protocols.map((protocol, index) =>
        listener({ name: protocol.toLowerCase(), port: 10 + index, protocol }),
      );
      await createGateway(scope, at, { listeners: [listener(), ...listeners] });
      for (const { name } of listeners) {
        const gateway = await untilListener(scope, at, { name, wanted: [unsupportedProtocol, notProgrammed] });
        const kinds = listAt(listenerStatus(gateway, name), 'supportedKinds');
        check(kinds.length === 0, {
          expected: 'no kind',
          seen: JSON.stringify(kinds),
          where: `${describeName(gatewayName(at))} status.listeners[${name}].supportedKinds`,
        });
      }
    },
  },
  {
    name: 'ListenerTlsRefused',
    description: 'A listener for egress with tls is not Accepted: UnsupportedValue.',
    features: ['Gateway'],
    run: (scope) => expectUnsupported(scope, { tls: { mode: 'Passthrough' } }),
  },
  {
    name: 'ListenerHostnameRefused',
    description: 'A listener for egress with a hostname is not Accepted: UnsupportedValue.',
    features: ['Gateway'],
    run: (scope) => expectUnsupported(scope, { hostname: 'www.example.com' }),
  },
  {
    name: 'ListenersNotValid',
    description: 'A Gateway without any valid listener is not Accepted: ListenersNotValid, and not Programmed.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at, { listeners: [listener({ protocol: 'HTTP', port: 80 })] });
      const refused: WantedCondition = { type: 'Accepted', status: 'False', reason: 'ListenersNotValid' };
      await untilGateway(scope, at, refused, notProgrammed);
    },
  },
  {
    name: 'ListenersPartlyValid',
    description:
      'A Gateway with a valid and a refused listener is Accepted with reason ListenersNotValid, and the valid one works.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const bad = listener({ name: 'bad', protocol: 'HTTP', port: 80 });
      await createGateway(scope, at, { listeners: [bad, listener()] });
      await untilGateway(scope, at, { type: 'Accepted', status: 'True', reason: 'ListenersNotValid' }, programmed);
      await untilListener(scope, at, { wanted: [accepted, programmed] });
      await startRoute(scope, { ...at, name: 'route' }, { parent: { name: 'gateway' } });
    },
  },
  {
    name: 'ListenerConflict',
    description: 'Of listeners for egress with the same port none wins: all are Conflicted and none is Accepted.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      // The API server only lets such twins through when their hostnames differ.
      const twins = [
        listener({ name: 'one', port: 5 }),
        listener({ name: 'two', port: 5, hostname: 'www.example.com' }),
      ];
      await createGateway(scope, at, { listeners: [listener(), ...twins] });
      const wanted = [
        { type: 'Conflicted', status: 'True' },
        { type: 'Accepted', status: 'False' },
      ] as const;
      for (const { name } of twins) await untilListener(scope, at, { name, wanted: [...wanted, notProgrammed] });
      const gateway = await untilListener(scope, at, { wanted: [accepted, { type: 'Conflicted', status: 'False' }] });
      expectNoOther(gateway.status, at);
    },
  },
];

/** A listener with a field that means nothing for egress, next to a good one. */
async function expectUnsupported(scope: Scope, fields: Partial<Listener>): Promise<void> {
  const at = { namespace: await createNamespace(scope), name: 'gateway' };
  await createGateway(scope, at, { listeners: [listener(), listener({ name: 'bad', port: 2, ...fields })] });
  await untilListener(scope, at, { name: 'bad', wanted: [unsupportedValue, notProgrammed] });
  await untilListener(scope, at, { wanted: [accepted] });
}

function expectNoOther(status: unknown, at: Place): void {
  const conditions = conditionsOf(status);
  check(
    conditions.some(({ type, reason }) => type === 'Accepted' && reason === 'ListenersNotValid'),
    {
      expected: 'Accepted with reason ListenersNotValid, because two listeners are not valid',
      seen: describeConditions(status),
      where: `${describeName(gatewayName(at))} status.conditions`,
    },
  );
}
