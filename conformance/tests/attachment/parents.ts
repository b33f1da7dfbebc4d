import { checkConditions, readObject, untilGone } from '../../lib/changes.ts';
import { copyClass, nobody } from '../../lib/classes.ts';
import { untilConditions } from '../../lib/conditions.ts';
import { check } from '../../lib/failure.ts';
import { createGateway, startGateway, untilAttached } from '../../lib/gateways.ts';
import { gatewayManifest, gatewayName, routeName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { conditionsOf, describeName, generationOf, textAt, valueAt } from '../../lib/read.ts';
import {
  createRoute,
  neverParent,
  parentEntry,
  parentsOf,
  routeAccepted,
  routeProgrammed,
  startRoute,
  untilNoParent,
  untilParent,
} from '../../lib/routes.ts';
import type { ConformanceTest } from '../../lib/test.ts';

const features = ['Gateway', 'EgressRoute'] as const;

export const parents: readonly ConformanceTest[] = [
  {
    name: 'EgressRouteAttached',
    description:
      'An attached route has one entry in status.parents: its parentRef, the controller, Accepted, ResolvedRefs and Programmed.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'route' };
      await startGateway(scope, { namespace, name: 'gateway' });
      const parent = { name: 'gateway' };
      await createRoute(scope, at, { parents: [parent] });
      const resolved = { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs' } as const;
      const route = await untilParent(
        scope,
        { route: routeName(at), parent },
        routeAccepted,
        resolved,
        routeProgrammed,
      );
      const entry = parentEntry(scope, route, parent);
      const where = `${describeName(routeName(at))} status.parents`;
      checkConditions(conditionsOf(entry), generationOf(route), `${where}[gateway]`);
      const [group, kind] = [textAt(entry, 'parentRef', 'group'), textAt(entry, 'parentRef', 'kind')];
      const isWhole = group === 'gateway.networking.k8s.io' && kind === 'Gateway' && parentsOf(route).length === 1;
      check(isWhole, {
        expected: 'one entry, for a Gateway of gateway.networking.k8s.io',
        seen: `${parentsOf(route).length} entries, ${kind} of ${group}`,
        where,
      });
    },
  },
  {
    name: 'EgressRouteParentMissing',
    description: 'A parent that does not exist gets no entry; when it is created the route is attached.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [at, parent] = [{ namespace, name: 'route' }, { name: 'gateway' }];
      await createRoute(scope, at, { parents: [parent] });
      await neverParent(scope, { route: routeName(at), parent });
      await startGateway(scope, { namespace, name: 'gateway' });
      await untilParent(scope, { route: routeName(at), parent }, routeAccepted, routeProgrammed);
    },
  },
  {
    name: 'EgressRouteNoParent',
    description:
      'A route none of whose parents is a Gateway of ours says so in status.conditions, Accepted False/NoParent, until one is.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'route' };
      await createRoute(scope, at, { parents: [{ name: 'gateway' }] });
      const noParent = { type: 'Accepted', status: 'False', reason: 'NoParent' } as const;
      await untilConditions(scope, routeName(at), { wanted: [noParent], within: scope.timeouts.status });
      await startGateway(scope, { namespace, name: 'gateway' });
      await untilParent(scope, { route: routeName(at), parent: { name: 'gateway' } }, routeAccepted);
      const conditions = conditionsOf((await readObject(scope, routeName(at))).status);
      check(conditions.length === 0, {
        expected: 'no conditions beside those of the parent',
        seen: conditions.map(({ type, reason }) => `${type} ${reason}`).join(', '),
        where: `${describeName(routeName(at))} status.conditions`,
      });
    },
  },
  {
    name: 'EgressRouteParentOfOthers',
    description: 'A Gateway of another controller gets no entry; another parent of the same route works.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'route' };
      const className = await copyClass(scope, { controllerName: nobody });
      await scope.create(gatewayManifest({ namespace, name: 'foreign' }, className));
      await startGateway(scope, { namespace, name: 'gateway' });
      await createRoute(scope, at, { parents: [{ name: 'foreign' }, { name: 'gateway' }] });
      await untilParent(scope, { route: routeName(at), parent: { name: 'gateway' } }, routeAccepted, routeProgrammed);
      await neverParent(scope, { route: routeName(at), parent: { name: 'foreign' } });
    },
  },
  {
    name: 'EgressRouteParentKind',
    description: 'A parent of another kind gets no entry; another parent of the same route works.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'route' };
      await startGateway(scope, { namespace, name: 'gateway' });
      // The name is that of a Gateway, so that looking at the name alone goes wrong.
      await createGateway(scope, { namespace, name: 'service' });
      const service = { group: '', kind: 'Service', name: 'service' };
      await createRoute(scope, at, { parents: [service, { name: 'gateway' }] });
      await untilParent(scope, { route: routeName(at), parent: { name: 'gateway' } }, routeAccepted, routeProgrammed);
      await neverParent(scope, { route: routeName(at), parent: service });
    },
  },
  {
    name: 'EgressRouteParentDeleted',
    description: 'When the Gateway is deleted its entry goes from the status of the route.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [at, parent] = [{ namespace, name: 'route' }, { name: 'gateway' }];
      await startGateway(scope, { namespace, name: 'gateway' });
      await startRoute(scope, at, { parent });
      await scope.remove(gatewayName({ namespace, name: 'gateway' }));
      await untilGone(scope, gatewayName({ namespace, name: 'gateway' }));
      await untilNoParent(scope, { route: routeName(at), parent });
    },
  },
  {
    name: 'EgressRouteParentRemoved',
    description:
      'When a parentRef is taken out of a route its entry goes, the Gateway counts one route less, and other parents stay.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'route' };
      await Promise.all(['first', 'second'].map((name) => startGateway(scope, { namespace, name })));
      await createRoute(scope, at, { parents: [{ name: 'first' }, { name: 'second' }] });
      await untilParent(scope, { route: routeName(at), parent: { name: 'first' } }, routeAccepted);
      await untilAttached(scope, { namespace, name: 'first' }, { routes: 1 });
      await scope.world.api.patch(routeName(at), { spec: { parentRefs: [{ name: 'second' }] } });
      await untilNoParent(scope, { route: routeName(at), parent: { name: 'first' } });
      await untilAttached(scope, { namespace, name: 'first' }, { routes: 0 });
      await untilParent(scope, { route: routeName(at), parent: { name: 'second' } }, routeAccepted, routeProgrammed);
    },
  },
  {
    name: 'EgressRouteSeveralParents',
    description: 'A route with several Gateways is attached to all of them, each with an entry of its own.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'route' };
      const names = ['first', 'second', 'third'];
      await Promise.all(names.map((name) => startGateway(scope, { namespace, name })));
      await createRoute(scope, at, { parents: names.map((name) => ({ name })) });
      for (const name of names) {
        await untilParent(scope, { route: routeName(at), parent: { name } }, routeAccepted, routeProgrammed);
        await untilAttached(scope, { namespace, name }, { routes: 1 });
      }
      const route = await scope.world.api.get(routeName(at));
      const count = route === undefined ? 0 : parentsOf(route).length;
      check(count === 3, {
        expected: '3 entries',
        seen: `${count}`,
        where: `${describeName(routeName(at))} status.parents`,
      });
    },
  },
  {
    name: 'EgressRouteSourceAddresses',
    description:
      'status.sourceAddresses of a route lists the address of the Gateway that carries it, with parent and controller.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'route' };
      const address = await startGateway(scope, { namespace, name: 'gateway' });
      const route = await startRoute(scope, at, { parent: { name: 'gateway' } });
      const entries = valueAt(route, 'status', 'sourceAddresses');
      const [entry] = Array.isArray(entries) ? entries.filter((item) => textAt(item, 'value') === address) : [];
      const isWhole =
        textAt(entry, 'type') === 'IPAddress' &&
        textAt(entry, 'controllerName') === scope.world.controllerName &&
        textAt(entry, 'parentRef', 'name') === 'gateway';
      check(isWhole, {
        expected: `IPAddress ${address} of parent gateway by ${scope.world.controllerName}`,
        seen: JSON.stringify(entries) ?? 'none',
        where: `${describeName(routeName(at))} status.sourceAddresses`,
      });
    },
  },
];
