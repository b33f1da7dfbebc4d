import { createGateway, startGateway, untilAttached } from '../../lib/gateways.ts';
import { clusterRouteName, listener, openListener, routeKind, routeName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { createClusterRoute, createRoute, notAllowed, routeAccepted, untilParent } from '../../lib/routes.ts';
import type { ConformanceTest } from '../../lib/test.ts';

const features = ['Gateway', 'EgressRoute'] as const;

export const allowedNamespaces: readonly ConformanceTest[] = [
  {
    name: 'AllowedRoutesSame',
    description:
      'Without allowedRoutes a listener takes routes of its own namespace and refuses all others: NotAllowedByListeners.',
    features,
    run: async (scope) => {
      const [own, other] = [await createNamespace(scope), await createNamespace(scope)];
      await createGateway(scope, { namespace: own, name: 'gateway' });
      const parent = { namespace: own, name: 'gateway' };
      const [inside, outside] = [
        { namespace: own, name: 'route' },
        { namespace: other, name: 'route' },
      ];
      for (const at of [inside, outside]) await createRoute(scope, at, { parents: [parent] });
      await untilParent(scope, { route: routeName(inside), parent }, routeAccepted);
      await untilParent(scope, { route: routeName(outside), parent }, notAllowed);
      await untilAttached(scope, parent, { routes: 1 });
    },
  },
  {
    name: 'AllowedRoutesAll',
    description: 'A listener with namespaces from All takes routes of other namespaces, without any ReferenceGrant.',
    features,
    run: async (scope) => {
      const [own, other] = [await createNamespace(scope), await createNamespace(scope)];
      await startGateway(scope, { namespace: own, name: 'gateway' }, { listeners: [openListener()] });
      const [at, parent] = [
        { namespace: other, name: 'route' },
        { namespace: own, name: 'gateway' },
      ];
      await createRoute(scope, at, { parents: [parent] });
      await untilParent(scope, { route: routeName(at), parent }, routeAccepted);
      await untilAttached(scope, parent, { routes: 1 });
    },
  },
  {
    name: 'AllowedRoutesSelector',
    description:
      'A listener with a namespace selector takes routes of namespaces that have the labels, for as long as they have them.',
    features,
    run: async (scope) => {
      const team = scope.uniqueName();
      const [own, member, stranger] = [
        await createNamespace(scope),
        await createNamespace(scope, { team }),
        await createNamespace(scope, { team: 'another' }),
      ];
      const namespaces = { from: 'Selector', selector: { matchLabels: { team } } };
      await createGateway(
        scope,
        { namespace: own, name: 'gateway' },
        { listeners: [listener({ allowedRoutes: { namespaces } })] },
      );
      const parent = { namespace: own, name: 'gateway' };
      const [inside, outside] = [
        { namespace: member, name: 'route' },
        { namespace: stranger, name: 'route' },
      ];
      for (const at of [inside, outside]) await createRoute(scope, at, { parents: [parent] });
      await untilParent(scope, { route: routeName(inside), parent }, routeAccepted);
      await untilParent(scope, { route: routeName(outside), parent }, notAllowed);
      const labelled = (name: string, value: string) =>
        scope.world.api.patch({ apiVersion: 'v1', kind: 'Namespace', name }, { metadata: { labels: { team: value } } });
      await labelled(member, 'another');
      await untilParent(scope, { route: routeName(inside), parent }, notAllowed);
      await labelled(stranger, team);
      await untilParent(scope, { route: routeName(outside), parent }, routeAccepted);
      await untilAttached(scope, parent, { routes: 1 });
    },
  },
  {
    name: 'AllowedRoutesSelectorExpressions',
    description:
      "matchExpressions of a namespace selector count, and the Gateway's own namespace needs the labels like every other.",
    features,
    run: async (scope) => {
      const team = scope.uniqueName();
      const [own, member, stranger] = [
        await createNamespace(scope),
        await createNamespace(scope, { team }),
        await createNamespace(scope, { team: 'another' }),
      ];
      const selector = { matchExpressions: [{ key: 'team', operator: 'In', values: [team] }] } as const;
      const allowedRoutes = { namespaces: { from: 'Selector', selector } };
      const gateway = { namespace: own, name: 'gateway' };
      await createGateway(scope, gateway, { listeners: [listener({ allowedRoutes })] });
      const places = [own, member, stranger].map((namespace) => ({ namespace, name: 'route' }));
      for (const at of places) await createRoute(scope, at, { parents: [gateway] });
      for (const at of places) {
        const wanted = at.namespace === member ? routeAccepted : notAllowed;
        await untilParent(scope, { route: routeName(at), parent: gateway }, wanted);
      }
      await untilAttached(scope, gateway, { routes: 1 });
    },
  },
  {
    name: 'AllowedRoutesOneListener',
    description:
      'A parentRef without sectionName is Accepted when one of several listeners takes the route, and counts there alone.',
    features,
    run: async (scope) => {
      const [own, other] = [await createNamespace(scope), await createNamespace(scope)];
      const gateway = { namespace: own, name: 'gateway' };
      const listeners = [listener({ name: 'closed', port: 1 }), openListener({ name: 'open', port: 2 })];
      await createGateway(scope, gateway, { listeners });
      const at = { namespace: other, name: 'route' };
      await createRoute(scope, at, { parents: [gateway] });
      await untilParent(scope, { route: routeName(at), parent: gateway }, routeAccepted);
      await untilAttached(scope, gateway, { name: 'open', routes: 1 });
      await untilAttached(scope, gateway, { name: 'closed', routes: 0 });
    },
  },
  {
    name: 'AllowedRoutesKinds',
    description: 'A listener that lists ClusterEgressRoute alone refuses EgressRoutes: NotAllowedByListeners.',
    features: ['Gateway', 'EgressRoute', 'ClusterEgressRoute'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const allowedRoutes = { kinds: [routeKind('ClusterEgressRoute')] };
      await createGateway(scope, { namespace, name: 'gateway' }, { listeners: [listener({ allowedRoutes })] });
      const [at, parent] = [{ namespace, name: 'route' }, { name: 'gateway' }];
      await createRoute(scope, at, { parents: [parent] });
      await untilParent(scope, { route: routeName(at), parent }, notAllowed);
    },
  },
  {
    name: 'ClusterEgressRouteListed',
    description:
      'A ClusterEgressRoute attaches only to a listener that lists its kind; namespaces from All is not enough, and nothing else is needed.',
    features: ['Gateway', 'EgressRoute', 'ClusterEgressRoute'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const listing = listener({ allowedRoutes: { kinds: [routeKind('ClusterEgressRoute')] } });
      await createGateway(scope, { namespace, name: 'listing' }, { listeners: [listing] });
      await createGateway(scope, { namespace, name: 'silent' }, { listeners: [openListener()] });
      const name = scope.uniqueName();
      const [yes, no] = [
        { namespace, name: 'listing' },
        { namespace, name: 'silent' },
      ];
      const rules = [{ matches: [{ namespaceSelector: { matchLabels: { nobody: name } } }] }];
      await createClusterRoute(scope, name, { parents: [no, yes], rules });
      await untilParent(scope, { route: clusterRouteName(name), parent: yes }, routeAccepted);
      await untilParent(scope, { route: clusterRouteName(name), parent: no }, notAllowed);
      await untilAttached(scope, yes, { routes: 1 });
      await untilAttached(scope, no, { routes: 0 });
    },
  },
];
