import { createGateway, startGateway, untilAttached, untilListener } from '../../lib/gateways.ts';
import { listener, openListener, routeName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { createRoute, notAllowed, routeAccepted, untilParent } from '../../lib/routes.ts';
import type { ConformanceTest } from '../../lib/test.ts';

export const attachedRoutes: readonly ConformanceTest[] = [
  {
    name: 'ListenerAttachedRoutes',
    description: 'attachedRoutes of a listener counts the routes that are attached to it, as they come and go.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'gateway' };
      await startGateway(scope, at, { listeners: [listener(), listener({ name: 'second', port: 2 })] });
      const both = { namespace, name: 'both' };
      const one = { namespace, name: 'one' };
      await createRoute(scope, both, { parents: [{ name: 'gateway' }] });
      await createRoute(scope, one, { parents: [{ name: 'gateway', sectionName: 'second' }] });
      await untilAttached(scope, at, { routes: 1 });
      await untilAttached(scope, at, { name: 'second', routes: 2 });
      await scope.remove(routeName(both));
      await untilAttached(scope, at, { routes: 0 });
      await untilAttached(scope, at, { name: 'second', routes: 1 });
    },
  },
  {
    name: 'ListenerAttachedRoutesAccepted',
    description: 'attachedRoutes counts no route that is not Accepted.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const [namespace, stranger] = [await createNamespace(scope), await createNamespace(scope)];
      const at = { namespace, name: 'gateway' };
      await startGateway(scope, at, { listeners: [listener(), openListener({ name: 'open', port: 2 })] });
      const route = { namespace: stranger, name: 'route' };
      const [refused, taken] = [
        { namespace, name: 'gateway', sectionName: 'egress' },
        { namespace, name: 'gateway', sectionName: 'open' },
      ];
      await createRoute(scope, route, { parents: [refused, taken] });
      await untilParent(scope, { route: routeName(route), parent: refused }, notAllowed);
      await untilParent(scope, { route: routeName(route), parent: taken }, routeAccepted);
      await untilAttached(scope, at, { name: 'open', routes: 1 });
      await untilAttached(scope, at, { routes: 0 });
    },
  },
  {
    name: 'ListenerAttachedRoutesRefusedListener',
    description: 'A route that attaches to a listener which itself is not Accepted is counted there all the same.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'gateway' };
      const bad = listener({ name: 'bad', port: 2, hostname: 'www.example.com' });
      await createGateway(scope, at, { listeners: [listener(), bad] });
      await untilListener(scope, at, { name: 'bad', wanted: [{ type: 'Accepted', status: 'False' }] });
      const route = { namespace, name: 'route' };
      const parent = { name: 'gateway', sectionName: 'bad' };
      await createRoute(scope, route, { parents: [parent] });
      await untilParent(scope, { route: routeName(route), parent }, routeAccepted);
      await untilAttached(scope, at, { name: 'bad', routes: 1 });
      await untilAttached(scope, at, { routes: 0 });
    },
  },
];
