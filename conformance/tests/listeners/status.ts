import { apiGroup } from '../../../src/api/names.ts';
import { check } from '../../lib/failure.ts';
import {
  accepted,
  createGateway,
  listenerStatus,
  programmed,
  resolvedRefs,
  untilGateway,
  untilListener,
} from '../../lib/gateways.ts';
import { gatewayName, listener, type Place, routeKind } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { eventually, found, missed } from '../../lib/poll.ts';
import { describeName, listAt, textAt, valueAt } from '../../lib/read.ts';
import { startRoute } from '../../lib/routes.ts';
import type { ConformanceTest } from '../../lib/test.ts';
import type { KubeObject } from '../../lib/world.ts';

const invalidKinds = { type: 'ResolvedRefs', status: 'False', reason: 'InvalidRouteKinds' } as const;

export const listenerStatuses: readonly ConformanceTest[] = [
  {
    name: 'ListenerAccepted',
    description:
      'A listener of protocol sallyport.dev/IP is Accepted, Programmed, without conflict, supports EgressRoute alone, and has no routes yet.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at);
      const noConflict = { type: 'Conflicted', status: 'False', reason: 'NoConflicts' } as const;
      const gateway = await untilListener(scope, at, { wanted: [accepted, programmed, resolvedRefs, noConflict] });
      expectKinds(gateway, ['EgressRoute']);
      const attached = valueAt(listenerStatus(gateway, 'egress'), 'attachedRoutes');
      check(attached === 0, { expected: '0', seen: `${attached}`, where: `${describeListener(at)}.attachedRoutes` });
    },
  },
  {
    name: 'ListenerKinds',
    description: 'supportedKinds is what allowedRoutes.kinds leaves of the kinds that the implementation knows.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const allowedRoutes = { kinds: [routeKind('EgressRoute')] };
      await createGateway(scope, at, { listeners: [listener({ allowedRoutes })] });
      expectKinds(await untilListener(scope, at, { wanted: [accepted, resolvedRefs] }), ['EgressRoute']);
      await startRoute(scope, { ...at, name: 'route' }, { parent: { name: 'gateway' } });
    },
  },
  {
    name: 'ListenerInvalidRouteKinds',
    description:
      'An unknown kind in allowedRoutes.kinds: ResolvedRefs False/InvalidRouteKinds, the known ones stay supported and can attach.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const kinds = [routeKind('EgressRoute'), { group: apiGroup, kind: 'UnknownRoute' }];
      await createGateway(scope, at, { listeners: [listener({ allowedRoutes: { kinds } })] });
      const gateway = await untilListener(scope, at, { wanted: [invalidKinds] });
      expectKinds(gateway, ['EgressRoute']);
      const notResolved = { type: 'ResolvedRefs', status: 'False' } as const;
      await untilGateway(scope, at, accepted, notResolved);
      await startRoute(scope, { ...at, name: 'route' }, { parent: { name: 'gateway' } });
    },
  },
  {
    name: 'ListenerKindOfDefaultGroup',
    description:
      'A kind without group is one of Gateway API, where there is no EgressRoute: InvalidRouteKinds, and nothing is supported.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at, {
        listeners: [listener({ allowedRoutes: { kinds: [{ kind: 'EgressRoute' }] } })],
      });
      expectKinds(await untilListener(scope, at, { wanted: [invalidKinds] }), []);
    },
  },
  {
    name: 'ListenerClusterRouteKind',
    description: 'A listener that lists ClusterEgressRoute supports it.',
    features: ['Gateway', 'EgressRoute', 'ClusterEgressRoute'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const kinds = [routeKind('EgressRoute'), routeKind('ClusterEgressRoute')];
      await createGateway(scope, at, { listeners: [listener({ allowedRoutes: { kinds } })] });
      const gateway = await untilListener(scope, at, { wanted: [accepted, resolvedRefs] });
      expectKinds(gateway, ['ClusterEgressRoute', 'EgressRoute']);
    },
  },
  {
    name: 'ListenerRemoved',
    description: 'status.listeners follows spec.listeners: a listener that was removed has no status any more.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      await createGateway(scope, at, { listeners: [listener(), listener({ name: 'second', port: 2 })] });
      await untilListener(scope, at, { name: 'second', wanted: [accepted] });
      await scope.world.api.patch(gatewayName(at), { spec: { listeners: [listener()] } });
      const where = `${describeName(gatewayName(at))} status.listeners`;
      await eventually(scope, { expected: 'egress alone', where, within: scope.timeouts.status }, async () => {
        const gateway = await scope.world.api.get(gatewayName(at));
        const names = listAt(gateway, 'status', 'listeners').map((entry) => textAt(entry, 'name'));
        return names.join() === 'egress' ? found(undefined) : missed(names.join(', '));
      });
    },
  },
];

const describeListener = (at: Place) => `${describeName(gatewayName(at))} status.listeners[egress]`;

function expectKinds(gateway: KubeObject, expected: readonly string[]): void {
  const { namespace = '', name } = gateway.metadata;
  const kinds = listAt(listenerStatus(gateway, 'egress'), 'supportedKinds').map(
    (entry) => `${textAt(entry, 'kind')} of ${textAt(entry, 'group')}`,
  );
  const wanted = expected.map((kind) => `${kind} of ${apiGroup}`);
  check([...kinds].sort().join() === wanted.join(), {
    expected: wanted.join(', ') || 'none',
    seen: kinds.join(', ') || 'none',
    where: `${describeListener({ namespace, name })}.supportedKinds`,
  });
}
