import { untilNextSecond } from '../../lib/changes.ts';
import type { Feature } from '../../lib/features.ts';
import { type Match, routeName } from '../../lib/manifests.ts';
import { rangeAround } from '../../lib/ranges.ts';
import { createRoute, routeAccepted, routeProgrammed, untilParent } from '../../lib/routes.ts';
import { startTenant, type Tenant } from '../../lib/tenants.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import { echoPort, expectSource, outside, untilSource, type Way } from '../../lib/traffic.ts';

const features = ['Gateway', 'EgressRoute'] as const;
const needs = ['traffic'] as const;

/** Two routes that both match, and who wins where. Each is tried older and younger: age never outweighs the rest. */
interface Duel {
  readonly name: string;
  readonly description: string;
  readonly features?: readonly Feature[];
  matches(scope: Scope): { readonly strong: Match; readonly weak: Match };
  readonly strongWins: (scope: Scope) => Way;
  readonly weakWins?: (scope: Scope) => Way;
}

const pods = { podSelector: { matchLabels: { app: 'shop' } } };
const all = { destinations: [{ cidr: '0.0.0.0/0' }] };
const narrow = (scope: Scope, prefix = 25) => ({ destinations: [{ cidr: rangeAround(outside(scope)[0], prefix) }] });

const duels: readonly Duel[] = [
  {
    name: 'PrecedencePrefix',
    description: 'The longest destination prefix wins, whichever route is older.',
    matches: (scope) => ({ strong: narrow(scope), weak: all }),
    strongWins: () => ({}),
    weakWins: (scope) => ({ to: outside(scope)[1] }),
  },
  {
    name: 'PrecedencePodSelector',
    description: 'With equal prefixes the match with a podSelector wins over one without.',
    matches: () => ({ strong: { ...all, ...pods }, weak: all }),
    strongWins: () => ({}),
  },
  {
    name: 'PrecedenceServiceAccounts',
    description:
      'With equal prefixes the match with serviceAccounts wins over one without, as one with a podSelector does.',
    features: ['EgressRouteServiceAccounts'],
    matches: () => ({ strong: { ...all, serviceAccounts: ['default'] }, weak: all }),
    strongWins: () => ({}),
  },
  {
    name: 'PrecedencePrefixBeforePodSelector',
    description: 'A longer prefix wins over a podSelector.',
    matches: (scope) => ({ strong: narrow(scope), weak: { ...all, ...pods } }),
    strongWins: () => ({}),
    weakWins: (scope) => ({ to: outside(scope)[1] }),
  },
  {
    name: 'PrecedencePorts',
    description: 'With equal prefixes the match with ports wins over one without, for these ports.',
    features: ['EgressRoutePorts'],
    matches: () => ({ strong: { ...all, ports: [{ port: echoPort }] }, weak: all }),
    strongWins: () => ({}),
    weakWins: () => ({ port: echoPort + 1 }),
  },
  {
    name: 'PrecedencePortsBeforePodSelector',
    description: 'With equal prefixes ports win over a podSelector; a protocol alone counts as ports.',
    features: ['EgressRoutePorts'],
    matches: () => ({ strong: { ...all, ports: [{ protocol: 'TCP' }] }, weak: { ...all, ...pods } }),
    strongWins: () => ({}),
    weakWins: () => ({ protocol: 'UDP' }),
  },
  {
    name: 'PrecedencePrefixBeforePorts',
    description: 'A longer prefix wins over ports.',
    features: ['EgressRoutePorts'],
    matches: (scope) => ({ strong: narrow(scope), weak: { ...narrow(scope, 24), ports: [{ port: echoPort }] } }),
    strongWins: () => ({}),
  },
  {
    name: 'PrecedenceNoDestination',
    description: 'A match without destinations counts as the shortest prefix: any range wins over it.',
    matches: (scope) => ({ strong: narrow(scope, 8), weak: pods }),
    strongWins: () => ({}),
  },
];

export const precedenceOrder: readonly ConformanceTest[] = [
  ...duels.map(
    (duel): ConformanceTest => ({
      name: duel.name,
      description: duel.description,
      features: [...features, ...(duel.features ?? [])],
      needs,
      run: async (scope) => {
        const tenant = await startTenant(scope, {
          pods: { pod: { labels: { app: 'shop' } } },
          gateways: { strong: {}, weak: {} },
        });
        const [strong = '', weak = ''] = tenant.addresses;
        const matches = duel.matches(scope);
        for (const order of [
          ['strong', 'weak'],
          ['weak', 'strong'],
        ] as const) {
          await replaceRoutes(
            scope,
            tenant,
            order.map((gateway) => ({ gateway, match: matches[gateway] })),
          );
          await untilSource(scope, tenant.at('pod'), { source: strong, ...duel.strongWins(scope) });
          if (duel.weakWins !== undefined)
            await expectSource(scope, tenant.at('pod'), { source: weak, ...duel.weakWins(scope) });
        }
      },
    }),
  ),
  {
    name: 'PrecedenceAge',
    description:
      'Of two routes that are equal in all else the older wins, whatever their names; when it goes the younger takes over.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { gateways: { older: {}, younger: {} } });
      const [older = '', younger = ''] = tenant.addresses;
      await startEqualRoute(scope, tenant, { name: 'z-older', gateway: 'older' });
      await untilNextSecond(scope);
      await startEqualRoute(scope, tenant, { name: 'a-younger', gateway: 'younger' });
      await expectSource(scope, tenant.at('pod'), { source: older });
      await scope.remove(routeName(tenant.at('z-older')));
      await untilSource(scope, tenant.at('pod'), { source: younger });
    },
  },
  {
    name: 'PrecedenceName',
    description: 'Of two routes that are equal in all else and of one age the first by name wins.',
    features,
    needs,
    run: async (scope) => {
      const tenant = await startTenant(scope, { gateways: { one: {}, two: {} } });
      const [one = '', two = ''] = tenant.addresses;
      const names = ['b-one', 'a-two'] as const;
      const routes = await Promise.all(
        names.map((name) => createRoute(scope, tenant.at(name), { parents: [{ name: name.slice(2) }] })),
      );
      for (const name of names) {
        const attachment = { route: routeName(tenant.at(name)), parent: { name: name.slice(2) } };
        await untilParent(scope, attachment, routeAccepted, routeProgrammed);
      }
      const [first, second] = routes.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''));
      // Both were asked for at once; should a second have begun between them, the older one has to win.
      const source = first !== undefined && second !== undefined && first < second ? one : two;
      await expectSource(scope, tenant.at('pod'), { source });
    },
  },
  {
    name: 'PrecedenceExceptFallsThrough',
    description: 'A packet to an except falls through to the next route that matches it.',
    features,
    needs,
    run: async (scope) => {
      const [excepted, matched] = outside(scope);
      const tenant = await startTenant(scope, { gateways: { first: {}, second: {} } });
      const [first = '', second = ''] = tenant.addresses;
      const destination = { cidr: rangeAround(excepted, 24), except: [rangeAround(excepted, 25)] };
      await startEqualRoute(scope, tenant, { name: 'first', gateway: 'first', match: { destinations: [destination] } });
      await startEqualRoute(scope, tenant, { name: 'second', gateway: 'second', match: all });
      const other = rangeAround(matched, 24) === destination.cidr ? first : second;
      await expectSource(scope, tenant.at('pod'), { source: second, to: excepted });
      await expectSource(scope, tenant.at('pod'), { source: other, to: matched });
    },
  },
];

interface RouteWish {
  readonly gateway: string;
  readonly match: Match;
}

// Names say nothing about strength, and creation a second apart makes the first one the older.
async function replaceRoutes(scope: Scope, tenant: Tenant, wishes: readonly RouteWish[]): Promise<void> {
  for (const { gateway } of wishes) await scope.remove(routeName(tenant.at(gateway)));
  for (const [index, { gateway, match }] of wishes.entries()) {
    if (index > 0) await untilNextSecond(scope);
    await createRoute(scope, tenant.at(gateway), { parents: [{ name: gateway }], rules: [{ matches: [match] }] });
  }
  for (const { gateway } of wishes) {
    const attachment = { route: routeName(tenant.at(gateway)), parent: { name: gateway } };
    await untilParent(scope, attachment, routeAccepted, routeProgrammed);
  }
}

async function startEqualRoute(
  scope: Scope,
  tenant: Tenant,
  { name, gateway, match }: { readonly name: string; readonly gateway: string; readonly match?: Match },
): Promise<void> {
  const rules = match === undefined ? [{}] : [{ matches: [match] }];
  await createRoute(scope, tenant.at(name), { parents: [{ name: gateway }], rules });
  const attachment = { route: routeName(tenant.at(name)), parent: { name: gateway } };
  await untilParent(scope, attachment, routeAccepted, routeProgrammed);
}
