import { untilGone } from '../../lib/changes.ts';
import { check } from '../../lib/failure.ts';
import { startGateway } from '../../lib/gateways.ts';
import { gatewayName, routeName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { startRoute } from '../../lib/routes.ts';
import type { ConformanceTest } from '../../lib/test.ts';

export const gatewayDeletion: readonly ConformanceTest[] = [
  {
    name: 'GatewayDeleted',
    description: 'A Gateway with attached routes goes away when it is deleted, and so do its routes.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [gateway, route] = [
        { namespace, name: 'gateway' },
        { namespace, name: 'route' },
      ];
      await startGateway(scope, gateway);
      await startRoute(scope, route, { parent: { name: 'gateway' } });
      await scope.remove(gatewayName(gateway));
      await untilGone(scope, gatewayName(gateway));
      await scope.remove(routeName(route));
      await untilGone(scope, routeName(route));
    },
  },
  {
    name: 'GatewayRecreated',
    description: 'A Gateway that is deleted and made again at once under the same name is served like a new one.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const before = await startGateway(scope, at);
      await scope.remove(gatewayName(at));
      await untilGone(scope, gatewayName(at));
      const after = await startGateway(scope, at);
      check(before !== '' && after !== '', { expected: 'an address', seen: after, where: 'status.addresses' });
    },
  },
  {
    name: 'NamespaceDeleted',
    description: 'A namespace with a Gateway and routes goes away when it is deleted.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      await startGateway(scope, { namespace, name: 'gateway' });
      await startRoute(scope, { namespace, name: 'route' }, { parent: { name: 'gateway' } });
      const name = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
      await scope.remove(name);
      await untilGone(scope, name);
    },
  },
];
