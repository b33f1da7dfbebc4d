import { apiGroup, apiVersion } from '../../../src/api/names.ts';
import { copyClass } from '../../lib/classes.ts';
import { namespaceName } from '../../lib/manifests.ts';
import { rangeAround } from '../../lib/ranges.ts';
import { startTenant, startTenantRoute } from '../../lib/tenants.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import {
  expectBlocked,
  expectSource,
  keepsSource,
  outside,
  plainSourceOf,
  untilBlocked,
  untilSource,
} from '../../lib/traffic.ts';

const features = ['Gateway', 'EgressRoute', 'GatewayEgressIsolation'] as const;
const needs = ['traffic'] as const;

/** Tests of `EgressClass.spec.isolation`: they make a class of their own, which a GatewayClass like the one under test uses. */
export const isolatedNamespaces: readonly ConformanceTest[] = [
  {
    name: 'IsolatedNamespace',
    description:
      'Pods of an isolated namespace reach what a route matches, with its address, and nothing else; Pods of others reach everything.',
    features,
    needs,
    run: async (scope) => {
      const team = scope.uniqueName();
      const [isolated, free] = await Promise.all([
        startTenant(scope, { labels: { team } }),
        startTenant(scope, { gateways: {} }),
      ]);
      const plain = await plainSourceOf(scope, free.at('pod'));
      await isolate(scope, { namespaceSelector: { matchLabels: { team } } });
      await untilBlocked(scope, isolated.at('pod'));
      await expectBlocked(scope, isolated.at('pod'), { protocol: 'UDP' });
      const [to, other] = outside(scope);
      const rules = [{ matches: [{ destinations: [{ cidr: rangeAround(to, 32) }] }] }];
      await startTenantRoute(scope, isolated, { rules });
      await expectSource(scope, isolated.at('pod'), { to, source: isolated.addresses[0] ?? '' });
      await expectBlocked(scope, isolated.at('pod'), { to: other });
      await keepsSource(scope, free.at('pod'), { source: plain });
    },
  },
  {
    name: 'IsolationByNamespaceLabels',
    description:
      'A namespace that gains the labels of the isolation is isolated from then on, one that loses them no longer.',
    features,
    needs,
    run: async (scope) => {
      const team = scope.uniqueName();
      const tenant = await startTenant(scope, { gateways: {} });
      const plain = await plainSourceOf(scope, tenant.at('pod'));
      await isolate(scope, { namespaceSelector: { matchLabels: { team } } });
      await keepsSource(scope, tenant.at('pod'), { source: plain });
      await scope.world.api.patch(namespaceName(tenant.namespace), { metadata: { labels: { team } } });
      await untilBlocked(scope, tenant.at('pod'));
      await scope.world.api.patch(namespaceName(tenant.namespace), { metadata: { labels: { team: null } } });
      await untilSource(scope, tenant.at('pod'), { source: plain });
    },
  },
  {
    name: 'IsolationExcludedNamespaces',
    description: 'A class never isolates the namespaces that it excludes, whatever its selector; another class may.',
    features,
    needs,
    run: async (scope) => {
      const team = scope.uniqueName();
      const [excluded, isolated] = await Promise.all([
        startTenant(scope, { labels: { team }, gateways: {} }),
        startTenant(scope, { labels: { team }, gateways: {} }),
      ]);
      const plain = await plainSourceOf(scope, excluded.at('pod'));
      const namespaceSelector = { matchLabels: { team } };
      await isolate(scope, { namespaceSelector, excludedNamespaces: [excluded.namespace] });
      await untilBlocked(scope, isolated.at('pod'));
      await keepsSource(scope, excluded.at('pod'), { source: plain });
      await isolate(scope, { namespaceSelector, excludedNamespaces: [isolated.namespace] });
      await untilBlocked(scope, excluded.at('pod'));
      await expectBlocked(scope, isolated.at('pod'));
    },
  },
];

interface Isolation {
  readonly namespaceSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly excludedNamespaces?: readonly string[];
}

async function isolate(scope: Scope, { namespaceSelector, excludedNamespaces = [] }: Isolation): Promise<void> {
  const name = scope.uniqueName();
  const spec = { isolation: { namespaceSelector }, excludedNamespaces: ['kube-system', ...excludedNamespaces] };
  await scope.create({ apiVersion, kind: 'EgressClass', metadata: { name }, spec });
  await copyClass(scope, { parametersRef: { group: apiGroup, kind: 'EgressClass', name } });
}
