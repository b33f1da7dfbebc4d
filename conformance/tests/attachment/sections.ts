import { startGateway, untilAttached } from '../../lib/gateways.ts';
import { listener, routeName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { createRoute, routeAccepted, routeProgrammed, untilParent } from '../../lib/routes.ts';
import type { ConformanceTest } from '../../lib/test.ts';

const noMatch = { type: 'Accepted', status: 'False', reason: 'NoMatchingParent' } as const;
const twoListeners = [listener({ name: 'one', port: 1 }), listener({ name: 'two', port: 2 })];

export const sections: readonly ConformanceTest[] = [
  {
    name: 'EgressRouteSectionName',
    description: 'A parentRef with a sectionName attaches to the listener of that name alone.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [gateway, route] = [
        { namespace, name: 'gateway' },
        { namespace, name: 'route' },
      ];
      await startGateway(scope, gateway, { listeners: twoListeners });
      const parent = { name: 'gateway', sectionName: 'two' };
      await createRoute(scope, route, { parents: [parent] });
      await untilParent(scope, { route: routeName(route), parent }, routeAccepted, routeProgrammed);
      await untilAttached(scope, gateway, { name: 'two', routes: 1 });
      await untilAttached(scope, gateway, { name: 'one', routes: 0 });
    },
  },
  {
    name: 'EgressRouteNoMatchingParent',
    description:
      'A sectionName that no listener has: Accepted False/NoMatchingParent; with the right one the route is Accepted.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const route = { namespace, name: 'route' };
      await startGateway(scope, { namespace, name: 'gateway' }, { listeners: twoListeners });
      const [wrong, right] = [
        { name: 'gateway', sectionName: 'three' },
        { name: 'gateway', sectionName: 'two' },
      ];
      await createRoute(scope, route, { parents: [wrong] });
      await untilParent(scope, { route: routeName(route), parent: wrong }, noMatch);
      await scope.world.api.patch(routeName(route), { spec: { parentRefs: [right] } });
      await untilParent(scope, { route: routeName(route), parent: right }, routeAccepted);
    },
  },
  {
    name: 'EgressRouteTwoSections',
    description: 'ParentRefs to several listeners of one Gateway have an entry each, judged and counted on their own.',
    features: ['Gateway', 'EgressRoute'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [gateway, route] = [
        { namespace, name: 'gateway' },
        { namespace, name: 'route' },
      ];
      await startGateway(scope, gateway, { listeners: twoListeners });
      const bad = { name: 'gateway', sectionName: 'three' };
      const good = ['two', 'one'].map((sectionName) => ({ name: 'gateway', sectionName }));
      await createRoute(scope, route, { parents: [bad, ...good] });
      for (const parent of good)
        await untilParent(scope, { route: routeName(route), parent }, routeAccepted, routeProgrammed);
      await untilParent(scope, { route: routeName(route), parent: bad }, noMatch);
      for (const name of ['one', 'two']) await untilAttached(scope, gateway, { name, routes: 1 });
    },
  },
  {
    name: 'EgressRouteParentPort',
    description:
      'A parentRef with a port attaches to the listeners of that port; where there is none: NoMatchingParent.',
    features: ['Gateway', 'EgressRoute', 'EgressRouteParentRefPort'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [gateway, route] = [
        { namespace, name: 'gateway' },
        { namespace, name: 'route' },
      ];
      await startGateway(scope, gateway, { listeners: twoListeners });
      const [good, bad] = [
        { name: 'gateway', port: 2 },
        { name: 'gateway', port: 3 },
      ];
      await createRoute(scope, route, { parents: [good, bad] });
      await untilParent(scope, { route: routeName(route), parent: good }, routeAccepted);
      await untilParent(scope, { route: routeName(route), parent: bad }, noMatch);
      await untilAttached(scope, gateway, { name: 'two', routes: 1 });
      await untilAttached(scope, gateway, { name: 'one', routes: 0 });
    },
  },
  {
    name: 'EgressRouteParentPortAndSection',
    description: 'Of a parentRef with sectionName and port both must fit the listener.',
    features: ['Gateway', 'EgressRoute', 'EgressRouteParentRefPort'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const route = { namespace, name: 'route' };
      await startGateway(scope, { namespace, name: 'gateway' }, { listeners: twoListeners });
      const [good, bad] = [
        { name: 'gateway', sectionName: 'two', port: 2 },
        { name: 'gateway', sectionName: 'one', port: 2 },
      ];
      await createRoute(scope, route, { parents: [good, bad] });
      await untilParent(scope, { route: routeName(route), parent: good }, routeAccepted);
      await untilParent(scope, { route: routeName(route), parent: bad }, noMatch);
    },
  },
];
