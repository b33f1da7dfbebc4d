import { podName, type Rule, routeName } from '../../lib/manifests.ts';
import { readNodes, startPod } from '../../lib/pods.ts';
import { routeAccepted, routeProgrammed, untilParent } from '../../lib/routes.ts';
import { startTenant, startTenantRoute } from '../../lib/tenants.ts';
import type { ConformanceTest } from '../../lib/test.ts';
import { expectSource, keepsSource, plainSourceOf, untilSource } from '../../lib/traffic.ts';

const features = ['Gateway', 'EgressRoute'] as const;
const needs = ['traffic'] as const;
const selecting = (...labels: readonly Readonly<Record<string, string>>[]): readonly Rule[] => [
  { matches: labels.map((matchLabels) => ({ podSelector: { matchLabels } })) },
];

export const selectedPods: readonly ConformanceTest[] = [
  {
    name: 'EgressRouteSource',
    description:
      'From the moment a route is Programmed, Pods on every node leave with the address of its Gateway, TCP and UDP.',
    features,
    needs,
    run: async (scope) => {
      const nodes = (await readNodes(scope)).slice(0, 3);
      const pods = Object.fromEntries(nodes.map((node, index) => [`pod-${index}`, { node }]));
      const tenant = await startTenant(scope, { pods });
      await startTenantRoute(scope, tenant);
      const [source = ''] = tenant.addresses;
      for (const name of Object.keys(pods)) {
        await expectSource(scope, tenant.at(name), { source });
        await expectSource(scope, tenant.at(name), { source, protocol: 'UDP' });
      }
    },
  },
  {
    name: 'EgressRoutePodSelector',
    description:
      'A route with a podSelector concerns the Pods that have all its labels and leaves all others as they are.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, {
        pods: { chosen: { labels: { app: 'shop', tier: 'back' } }, other: { labels: { app: 'shop', tier: 'front' } } },
      });
      const plain = await plainSourceOf(scope, tenant.at('other'));
      await startTenantRoute(scope, tenant, { rules: selecting({ app: 'shop', tier: 'back' }) });
      await expectSource(scope, tenant.at('chosen'), { source: tenant.addresses[0] ?? '' });
      await keepsSource(scope, tenant.at('other'), { source: plain });
    },
  },
  {
    name: 'EgressRoutePodExpressions',
    description: 'matchExpressions of a podSelector count: In, NotIn, Exists and DoesNotExist, all ANDed.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, {
        pods: {
          chosen: { labels: { app: 'a' } },
          wrong: { labels: { app: 'c' } },
          barred: { labels: { app: 'b', stage: 'test' } },
          marked: { labels: { app: 'a', off: 'yes' } },
        },
      });
      const others = ['wrong', 'barred', 'marked'];
      const plain = new Map<string, string>();
      for (const name of others) plain.set(name, await plainSourceOf(scope, tenant.at(name)));
      const matchExpressions = [
        { key: 'app', operator: 'In', values: ['a', 'b'] },
        { key: 'stage', operator: 'NotIn', values: ['test'] },
        { key: 'app', operator: 'Exists' },
        { key: 'off', operator: 'DoesNotExist' },
      ] as const;
      await startTenantRoute(scope, tenant, { rules: [{ matches: [{ podSelector: { matchExpressions } }] }] });
      await expectSource(scope, tenant.at('chosen'), { source: tenant.addresses[0] ?? '' });
      for (const name of others) await expectSource(scope, tenant.at(name), { source: plain.get(name) ?? '' });
    },
  },
  {
    name: 'EgressRouteMatchesOred',
    description: 'Matches of a rule and rules of a route are ORed: a Pod that fits one of them is selected.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, {
        pods: { a: { labels: { app: 'a' } }, b: { labels: { app: 'b' } }, c: { labels: { app: 'c' } }, d: {} },
      });
      const plain = await plainSourceOf(scope, tenant.at('d'));
      await startTenantRoute(scope, tenant, {
        rules: [...selecting({ app: 'a' }, { app: 'b' }), ...selecting({ app: 'c' })],
      });
      const [source = ''] = tenant.addresses;
      for (const name of ['a', 'b', 'c']) await expectSource(scope, tenant.at(name), { source });
      await expectSource(scope, tenant.at('d'), { source: plain });
    },
  },
  {
    name: 'EgressRoutePodLabels',
    description: 'A Pod that gains the labels of a route is selected from then on, and one that loses them no longer.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope);
      const plain = await plainSourceOf(scope, tenant.at('pod'));
      await startTenantRoute(scope, tenant, { rules: selecting({ app: 'shop' }) });
      await expectSource(scope, tenant.at('pod'), { source: plain });
      await scope.world.api.patch(podName(tenant.at('pod')), { metadata: { labels: { app: 'shop' } } });
      await untilSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '' });
      await scope.world.api.patch(podName(tenant.at('pod')), { metadata: { labels: { app: null } } });
      await untilSource(scope, tenant.at('pod'), { source: plain });
    },
  },
  {
    name: 'EgressRouteNewPods',
    description:
      'Pods that are created after the route is Programmed leave with the address, too, on every node; an empty podSelector selects them all.',
    features,
    needs,
    run: async (scope) => {
      const nodes = (await readNodes(scope)).slice(0, 3);
      const tenant = await startTenant(scope, { pods: {} });
      await startTenantRoute(scope, tenant, { rules: [{ matches: [{ podSelector: {} }] }] });
      const names = nodes.map((_, index) => `pod-${index}`);
      await Promise.all(names.map((name, index) => startPod(scope, tenant.at(name), { node: nodes[index] ?? '' })));
      for (const name of names) {
        await untilSource(scope, tenant.at(name), { source: tenant.addresses[0] ?? '' });
        await keepsSource(scope, tenant.at(name), { source: tenant.addresses[0] ?? '' });
      }
    },
  },
  {
    name: 'EgressRouteHostNetwork',
    description: 'Pods on the network of their node never match, not even a route for all Pods.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { pods: { pod: {}, host: { hostNetwork: true } } });
      const plain = await plainSourceOf(scope, tenant.at('host'));
      await startTenantRoute(scope, tenant);
      await expectSource(scope, tenant.at('pod'), { source: tenant.addresses[0] ?? '' });
      await keepsSource(scope, tenant.at('host'), { source: plain });
    },
  },
  {
    name: 'EgressRouteSelectorChanged',
    description: 'When the podSelector of a route changes, the new Pods are selected and the old ones no longer.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { pods: { a: { labels: { app: 'a' } }, b: { labels: { app: 'b' } } } });
      const plain = await plainSourceOf(scope, tenant.at('a'));
      await startTenantRoute(scope, tenant, { rules: selecting({ app: 'a' }) });
      await expectSource(scope, tenant.at('a'), { source: tenant.addresses[0] ?? '' });
      await scope.world.api.patch(routeName(tenant.at('route')), { spec: { rules: selecting({ app: 'b' }) } });
      const attachment = { route: routeName(tenant.at('route')), parent: { name: 'gateway' } };
      await untilParent(scope, attachment, routeAccepted, routeProgrammed);
      await expectSource(scope, tenant.at('b'), { source: tenant.addresses[0] ?? '' });
      await untilSource(scope, tenant.at('a'), { source: plain });
    },
  },
  {
    name: 'EgressRouteServiceAccounts',
    description:
      'serviceAccounts of a match select Pods by the ServiceAccount that they run as, ANDed with a podSelector.',
    features: [...features, 'EgressRouteServiceAccounts'],
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { pods: {} });
      await scope.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: tenant.at('payments') });
      const labels = { app: 'shop' };
      await Promise.all([
        startPod(scope, tenant.at('both'), { labels, serviceAccount: 'payments' }),
        startPod(scope, tenant.at('account'), { serviceAccount: 'payments' }),
        startPod(scope, tenant.at('label'), { labels }),
      ]);
      const plain = new Map<string, string>();
      for (const name of ['account', 'label']) plain.set(name, await plainSourceOf(scope, tenant.at(name)));
      const match = { podSelector: { matchLabels: labels }, serviceAccounts: ['other', 'payments'] };
      await startTenantRoute(scope, tenant, { rules: [{ matches: [match] }] });
      await expectSource(scope, tenant.at('both'), { source: tenant.addresses[0] ?? '' });
      for (const [name, source] of plain) await expectSource(scope, tenant.at(name), { source });
    },
  },
];
