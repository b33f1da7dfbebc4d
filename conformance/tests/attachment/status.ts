import { checkTransitions, readObject, staysUntouched } from '../../lib/changes.ts';
import { nobody } from '../../lib/classes.ts';
import { check } from '../../lib/failure.ts';
import { startGateway } from '../../lib/gateways.ts';
import { type Place, routeName } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { eventually, found } from '../../lib/poll.ts';
import { describeName, generationOf, textAt } from '../../lib/read.ts';
import {
  createRoute,
  parentEntry,
  parentsOf,
  routeAccepted,
  routeProgrammed,
  startRoute,
  untilParent,
} from '../../lib/routes.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';

const features = ['Gateway', 'EgressRoute'] as const;
const unsupported = { type: 'Accepted', status: 'False', reason: 'UnsupportedValue' } as const;

export const routeStatus: readonly ConformanceTest[] = [
  {
    name: 'EgressRouteObservedGeneration',
    description:
      'After a change of a route its conditions speak about the new generation; lastTransitionTime moves only with status.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [at, parent] = [{ namespace, name: 'route' }, { name: 'gateway' }];
      await startGateway(scope, { namespace, name: 'gateway' });
      const before = await startRoute(scope, at, { parent });
      await scope.world.clock.sleep(1_100);
      const rules = [{ matches: [{ podSelector: { matchLabels: { app: 'some' } } }] }];
      await scope.world.api.patch(routeName(at), { spec: { rules } });
      const after = await untilParent(scope, { route: routeName(at), parent }, routeAccepted, routeProgrammed);
      const where = `${describeName(routeName(at))} status.parents[gateway]`;
      check(generationOf(after) > generationOf(before), {
        expected: 'a new generation',
        seen: `${generationOf(after)}`,
        where,
      });
      const accepted = (route: typeof after) => onlyAccepted(parentEntry(scope, route, parent));
      checkTransitions(accepted(before), accepted(after), where);
    },
  },
  {
    name: 'EgressRouteForeignParentStatus',
    description:
      'Entries of other controllers in status.parents stay as they are when the implementation writes its own.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [at, parent] = [{ namespace, name: 'route' }, { name: 'gateway' }];
      await createRoute(scope, at, { parents: [{ name: 'foreign' }, parent] });
      await addForeignEntry(scope, at);
      await startGateway(scope, { namespace, name: 'gateway' });
      await untilParent(scope, { route: routeName(at), parent }, routeAccepted, routeProgrammed);
      await expectForeignEntry(scope, at);
      await scope.world.api.patch(routeName(at), { spec: { rules: [{ matches: [{ podSelector: {} }] }] } });
      await untilParent(scope, { route: routeName(at), parent }, routeAccepted, routeProgrammed);
      await expectForeignEntry(scope, at);
    },
  },
  {
    name: 'EgressRouteStatusSteady',
    description: 'Once a route is programmed nothing writes it while nothing changes.',
    features,
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const at = { namespace, name: 'route' };
      await startGateway(scope, { namespace, name: 'gateway' });
      await startRoute(scope, at, { parent: { name: 'gateway' } });
      await scope.world.clock.sleep(scope.timeouts.quiet);
      await staysUntouched(scope, routeName(at));
    },
  },
  {
    name: 'EgressRouteUnsupportedValue',
    description: 'A route all of whose rules use a field that is not supported is not Accepted: UnsupportedValue.',
    features,
    without: ['EgressRouteHostname'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [at, parent] = [{ namespace, name: 'route' }, { name: 'gateway' }];
      await startGateway(scope, { namespace, name: 'gateway' });
      await createRoute(scope, at, { parents: [parent], rules: [byHostname] });
      await untilParent(scope, { route: routeName(at), parent }, unsupported);
    },
  },
  {
    name: 'EgressRoutePartiallyInvalid',
    description:
      'A route of which some rules are not supported is Accepted with PartiallyInvalid True; the other rules work.',
    features,
    without: ['EgressRouteHostname'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [at, parent] = [{ namespace, name: 'route' }, { name: 'gateway' }];
      await startGateway(scope, { namespace, name: 'gateway' });
      const good = { name: 'good', matches: [{ destinations: [{ cidr: '0.0.0.0/0' }] }] };
      await createRoute(scope, at, { parents: [parent], rules: [byHostname, good] });
      const partially = { type: 'PartiallyInvalid', status: 'True', reason: 'UnsupportedValue' } as const;
      await untilParent(scope, { route: routeName(at), parent }, routeAccepted, partially, routeProgrammed);
    },
  },
];

const byHostname = { name: 'by-name', matches: [{ destinations: [{ hostname: 'www.example.com' }] }] };

function onlyAccepted(entry: unknown): unknown {
  const conditions: unknown =
    typeof entry === 'object' && entry !== null && 'conditions' in entry ? entry.conditions : [];
  return {
    conditions: Array.isArray(conditions) ? conditions.filter((item) => textAt(item, 'type') === 'Accepted') : [],
  };
}

const foreignMessage = 'as another controller wrote it';

/** Plays another controller, whose parent the first one is. */
async function addForeignEntry(scope: Scope, at: Place): Promise<void> {
  const where = `${describeName(routeName(at))} status`;
  const wish = { expected: 'that another controller can add its entry', where, within: scope.timeouts.status };
  await eventually(scope, wish, async () => {
    const route = await readObject(scope, routeName(at));
    const condition = {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: foreignMessage,
      observedGeneration: generationOf(route),
      lastTransitionTime: '2024-01-01T00:00:00Z',
    };
    const entry = {
      parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'foreign' },
      controllerName: nobody,
      conditions: [condition],
    };
    const { resourceVersion } = route.metadata;
    const status = { parents: [...parentsOf(route), entry] };
    // A refusal (the status has changed meanwhile) is looked at again.
    await scope.world.api.patchStatus(routeName(at), { metadata: { resourceVersion }, status });
    return found(undefined);
  });
}

async function expectForeignEntry(scope: Scope, at: Place): Promise<void> {
  const route = await readObject(scope, routeName(at));
  const foreign = parentsOf(route).filter((entry) => textAt(entry, 'controllerName') === nobody);
  const [entry] = foreign;
  const isKept = foreign.length === 1 && textAt(entry, 'conditions', 0, 'message') === foreignMessage;
  check(isKept, {
    expected: `the entry of ${nobody}, unchanged`,
    seen: JSON.stringify(parentsOf(route)),
    where: `${describeName(routeName(at))} status.parents`,
  });
}
