import { untilNextSecond } from '../../lib/changes.ts';
import { check } from '../../lib/failure.ts';
import { startGateway, untilAttached } from '../../lib/gateways.ts';
import { routeName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { conditionOf, describeConditions, describeName } from '../../lib/read.ts';
import {
  createRoute,
  neverCondition,
  parentEntry,
  routeAccepted,
  startRoute,
  untilNotTrue,
  untilParent,
} from '../../lib/routes.ts';
import type { ConformanceTest } from '../../lib/test.ts';

const features = ['Gateway', 'EgressRoute', 'EgressRouteShadowed'] as const;
const shadowed = { type: 'sallyport.dev/Shadowed', status: 'True' } as const;

export const shadowedRoutes: readonly ConformanceTest[] = [
  {
    name: 'EgressRouteShadowed',
    description:
      'A route that loses to another stays Accepted and counted, with condition sallyport.dev/Shadowed True naming the winner, until the winner goes.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const parent = { name: 'gateway' };
      await startGateway(scope, { namespace, name: 'gateway' });
      const [winner, loser] = [
        { namespace, name: 'winner-of-all' },
        { namespace, name: 'another' },
      ];
      await startRoute(scope, winner, { parent });
      await untilNextSecond(scope);
      await createRoute(scope, loser, { parents: [parent] });
      const attachment = { route: routeName(loser), parent };
      const route = await untilParent(scope, attachment, routeAccepted, shadowed);
      const entry = parentEntry(scope, route, parent);
      check((conditionOf(entry, shadowed.type)?.message ?? '').includes('winner-of-all'), {
        expected: 'a message that names winner-of-all',
        seen: describeConditions(entry),
        where: `${describeName(routeName(loser))} status.parents[gateway].conditions[${shadowed.type}]`,
      });
      await untilAttached(scope, { namespace, name: 'gateway' }, { routes: 2 });
      await scope.remove(routeName(winner));
      await untilNotTrue(scope, attachment, shadowed.type);
    },
  },
  {
    name: 'EgressRouteNotShadowed',
    description:
      'The route that wins, and routes that select other Pods or destinations, have no condition Shadowed that is True.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const parent = { name: 'gateway' };
      await startGateway(scope, { namespace, name: 'gateway' });
      const matches = {
        old: { destinations: [{ cidr: '203.0.113.0/25' }] },
        other: { destinations: [{ cidr: '203.0.113.128/25' }] },
        young: { destinations: [{ cidr: '203.0.113.0/25' }] },
      };
      for (const [name, match] of Object.entries(matches)) {
        await startRoute(scope, { namespace, name }, { parent, rules: [{ matches: [match] }] });
        await untilNextSecond(scope);
      }
      await untilParent(scope, { route: routeName({ namespace, name: 'young' }), parent }, routeAccepted, shadowed);
      for (const name of ['old', 'other'])
        await neverCondition(scope, { route: routeName({ namespace, name }), parent }, shadowed);
    },
  },
];
