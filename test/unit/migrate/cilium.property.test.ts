import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { LabelSelectorRequirement } from '../../../src/api/meta.ts';
import type { Pod } from '../../../src/api/pod.ts';
import { attachRoutes } from '../../../src/compile/attach-routes.ts';
import { readPlatform } from '../../../src/compile/platform.ts';
import { type GatewayRule, indexRules, rulesOfPod } from '../../../src/compile/select-rules.ts';
import { finish } from '../../../src/compile/steps.ts';
import { newAlarm } from '../../../src/compile/time.ts';
import type { Translation } from '../../../src/migrate/model.ts';
import { readDocuments } from '../../../src/migrate/read-documents.ts';
import { renderYaml } from '../../../src/migrate/render-translation.ts';
import { translateFrom } from '../../../src/migrate/translate.ts';
import { parseCidr } from '../../../src/net/cidr.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { loadSnapshot } from '../../support/load-snapshot.ts';
import { bitTextContains } from '../../support/net-oracle.ts';
import { meta, now } from '../../support/objects.ts';
import { obviousWinner } from '../../support/precedence-oracle.ts';

// For random policies: what a Pod's packet becomes with Cilium (its documents read aloud, below) is what it becomes with the
// translation, by the controller's own judgement of what is attached and what selects; unless a note says that it is not.

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}
interface Gateway {
  readonly nodeSelector: Selector;
  readonly egressIP?: string;
  readonly interface?: string;
}
interface Policy {
  readonly name: string;
  readonly selectors: readonly {
    readonly podSelector?: Selector;
    readonly namespaceSelector?: Selector;
    readonly nodeSelector?: Selector;
  }[];
  readonly destinationCIDRs: readonly string[];
  readonly excludedCIDRs: readonly string[];
  readonly egressGateway: Gateway;
}

const namespaces = [
  { name: 'shop', labels: { team: 'a', env: 'prod' } },
  { name: 'bank', labels: { team: 'b', env: 'prod' } },
  { name: 'kube-system', labels: {} },
] as const;
const pods = namespaces.flatMap(({ name }) => [
  { namespace: name, labels: { app: 'web', tier: 'x' }, account: 'default' },
  { namespace: name, labels: { app: 'db', 'pod-template-hash': 'abc' }, account: 'robot' },
  { namespace: name, labels: {}, account: 'default' },
]);
type SomePod = (typeof pods)[number];

const cidrs = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.1.0/24',
  '10.1.1.128/25',
  '203.0.113.0/24',
  '::/0',
  '2001:db8::/32',
  '2001:db8:1::/48',
];
const holes = Array.from({ length: 10 }, (_, index) => `10.${index * 20 + 1}.0.0/16`);
const destinations = [
  '10.1.1.1',
  '10.1.1.200',
  '10.1.2.1',
  '10.21.0.1',
  '10.41.7.7',
  '10.2.0.1',
  '10.255.0.1',
  '203.0.113.9',
  '198.51.100.1',
  '0.0.0.1',
  '2001:db8:1::1',
  '2001:db8:2::1',
  '2a00::1',
];

const operator = fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const);
const expressionOf = (key: string, some: readonly string[]) =>
  fc
    .record({ operator, values: fc.uniqueArray(fc.constantFrom(...some), { minLength: 1 }) })
    .map(({ operator: own, values }): LabelSelectorRequirement => {
      return own.endsWith('In') ? { key, operator: own, values } : { key, operator: own };
    });
const podKeys: Readonly<Record<string, readonly string[]>> = {
  app: ['web', 'db', 'none'],
  tier: ['x', 'y'],
  'io.kubernetes.pod.namespace': ['shop', 'bank', 'kube-system'],
  'io.cilium.k8s.namespace.labels.team': ['a', 'b'],
  'io.cilium.k8s.policy.serviceaccount': ['robot', 'default'],
};
const rareKeys = { 'pod-template-hash': ['abc'], 'io.cilium.k8s.policy.cluster': ['default'] };
const namespaceKeys = { team: ['a', 'b'], env: ['prod'], 'kubernetes.io/metadata.name': ['shop', 'bank'] };

const selectorOf = (keys: Readonly<Record<string, readonly string[]>>, maxLength: number): fc.Arbitrary<Selector> => {
  const labels = fc
    .constantFrom(...Object.entries(keys))
    .chain(([key, some]) => fc.constantFrom(...some).map((value) => [key, value] as const));
  const expressions = fc.constantFrom(...Object.entries(keys)).chain(([key, some]) => expressionOf(key, some));
  return fc.record(
    {
      matchLabels: fc.array(labels, { maxLength }).map((list) => Object.fromEntries(list)),
      matchExpressions: fc.array(expressions, { maxLength }),
    },
    { requiredKeys: [] },
  );
};
const usual = selectorOf(podKeys, 2);
const podSelector = fc.oneof(
  { arbitrary: usual, weight: 12 },
  { arbitrary: selectorOf({ ...podKeys, ...rareKeys }, 2), weight: 1 },
);
const rule: fc.Arbitrary<Policy['selectors'][number]> = fc.oneof(
  { arbitrary: fc.record({ podSelector }), weight: 60 },
  { arbitrary: fc.record({ podSelector, namespaceSelector: selectorOf(namespaceKeys, 2) }), weight: 40 },
  { arbitrary: fc.record({ namespaceSelector: selectorOf(namespaceKeys, 2) }), weight: 30 },
  { arbitrary: fc.record({ podSelector, nodeSelector: fc.constant({ matchLabels: { zone: 'a' } }) }), weight: 10 },
  { arbitrary: fc.constant({}), weight: 2 },
);
const egressGateway: fc.Arbitrary<Gateway> = fc.oneof(
  {
    arbitrary: fc
      .constantFrom('192.0.2.110', '192.0.2.111', '2001:db8:2::110')
      .map((egressIP) => ({ nodeSelector: {}, egressIP })),
    weight: 80,
  },
  { arbitrary: fc.constantFrom('eth1', 'eth2').map((own) => ({ nodeSelector: {}, interface: own })), weight: 20 },
  { arbitrary: fc.constant({ nodeSelector: { matchLabels: { egress: 'true' } } }), weight: 10 },
  { arbitrary: fc.constant({ nodeSelector: {}, egressIP: '192.0.2.112', interface: 'eth1' }), weight: 5 },
);
const policies = fc
  .array(
    fc.record({
      selectors: fc.array(rule, { minLength: 1, maxLength: 3 }),
      destinationCIDRs: fc.uniqueArray(fc.constantFrom(...cidrs), { minLength: 1, maxLength: 4 }),
      excludedCIDRs: fc.oneof(
        { arbitrary: fc.constant([]), weight: 3 },
        {
          arbitrary: fc.uniqueArray(fc.constantFrom(...cidrs.slice(1), ...holes.slice(0, 3)), { maxLength: 3 }),
          weight: 3,
        },
        { arbitrary: fc.uniqueArray(fc.constantFrom(...cidrs.slice(1), ...holes), { minLength: 6 }), weight: 2 },
      ),
      egressGateway,
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((list) => list.map((policy, index): Policy => ({ name: 'abc'[index] ?? '', ...policy })));

/** What Cilium makes of a packet: the policy that translates it, nothing, or it is not told (two policies with one prefix). */
function withCilium(
  all: readonly Policy[],
  pod: SomePod,
  destination: string,
): { readonly by?: Policy; readonly matching: readonly Policy[] } | 'unclear' {
  const matching = all.filter((policy) => isValid(policy) && policy.selectors.some((one) => selects(one, pod)));
  const entries = matching.flatMap((policy) => [
    ...policy.destinationCIDRs.map((cidr) => ({ cidr, policy, excluded: false })),
    ...policy.excludedCIDRs.map((cidr) => ({ cidr, policy, excluded: true })),
  ]);
  const found = entries.filter(({ cidr }) => holds(cidr, destination));
  const longest = Math.max(...found.map(({ cidr }) => prefixOf(cidr)));
  const first = found.filter(({ cidr }) => prefixOf(cidr) === longest);
  const gateways = new Set(first.filter(({ excluded }) => !excluded).map(({ policy }) => gatewayOf(policy)));
  const owners = new Set(first.map(({ policy }) => policy.name));
  // The entries of one policy are written in order, excluded ones last; those of two policies in any.
  if (first.some(({ excluded }) => excluded))
    return owners.size === 1 || gateways.size === 0 ? { matching } : 'unclear';
  if (gateways.size > 1) return 'unclear';
  return first[0] === undefined ? { matching } : { by: first[0].policy, matching };
}

const isValid = ({ selectors, egressGateway: own }: Policy): boolean =>
  !(own.egressIP !== undefined && own.interface !== undefined) &&
  selectors.every((one) => one.podSelector !== undefined || one.namespaceSelector !== undefined);

/** Where packets leave, however it is written. */
const gatewayOf = ({ egressGateway: own }: Policy): string => own.egressIP ?? JSON.stringify(own);

// Labels of an endpoint: those of the Pod that make identities, and what Cilium adds.
function selects(one: Policy['selectors'][number], pod: SomePod): boolean {
  const own = namespaces.find(({ name }) => name === pod.namespace);
  const ofNamespace = { ...own?.labels, 'kubernetes.io/metadata.name': pod.namespace };
  const labels: Record<string, string> = {
    ...pod.labels,
    'io.kubernetes.pod.namespace': pod.namespace,
    'io.cilium.k8s.policy.serviceaccount': pod.account,
    'io.cilium.k8s.policy.cluster': 'default',
    ...Object.fromEntries(
      Object.entries(ofNamespace).map(([key, value]) => [`io.cilium.k8s.namespace.labels.${key}`, value]),
    ),
  };
  delete labels['pod-template-hash'];
  return satisfied(one.podSelector, labels) && satisfied(one.namespaceSelector, ofNamespace);
}

function satisfied(
  { matchLabels = {}, matchExpressions = [] }: Selector = {},
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = (key: string) => labels[key];
  return (
    Object.entries(matchLabels).every(([key, wanted]) => value(key) === wanted) &&
    matchExpressions.every(({ key, operator: own, values = [] }) => {
      const has = value(key) !== undefined;
      const isIn = has && values.includes(value(key) ?? '');
      return { In: isIn, NotIn: !isIn, Exists: has, DoesNotExist: !has }[own];
    })
  );
}

function holds(cidr: string, destination: string): boolean {
  const [outer, ip] = [parseCidr(cidr), parseIp(destination)];
  return outer !== undefined && ip !== undefined && bitTextContains(outer, ip);
}
const prefixOf = (cidr: string): number => Number(cidr.split('/')[1]);

/** The rules of every route that a Gateway accepts, each with what its Gateway is. */
function ourRules(translation: Translation): readonly GatewayRule[] {
  const base = [
    { kind: 'EgressCluster', metadata: { name: 'default' }, spec: {} },
    {
      kind: 'GatewayClass',
      metadata: { name: 'egress' },
      spec: {
        controllerName: 'sallyport.dev/egress-controller',
        parametersRef: { group: 'sallyport.dev', kind: 'EgressClass', name: 'egress' },
      },
    },
    { kind: 'EgressClass', metadata: { name: 'egress' }, spec: {} },
    { kind: 'Namespace', metadata: { name: 'platform' } },
  ];
  const snapshot = loadSnapshot(...base.map((object) => stringify(object)), renderYaml(translation));
  const platform = finish(readPlatform(snapshot, newAlarm(now)));
  const routes = finish(attachRoutes(snapshot, platform.gateways));
  expect(routes.filter(({ winner, compiled }) => winner === undefined || compiled.problems.length > 0)).toEqual([]);
  const ruleSets = routes.map(({ winner, compiled }) => {
    const key = winner?.gateway.key ?? '';
    return { metadata: meta('x'), spec: { gateway: { uid: key }, rules: compiled.rules } as never };
  });
  const index = indexRules(ruleSets);
  return index.cluster;
}

/** The same as `gatewayOf`, of what was made. */
function placeOf({ manifests }: Translation, key: string): string {
  const find = (kind: string, name: string) =>
    manifests.find(({ manifest }) => manifest.kind === kind && manifest.metadata.name === name)?.manifest;
  const gateway = find('Gateway', key.split('/')[1] ?? '')?.spec as {
    readonly addresses?: readonly { readonly value: string }[];
    readonly gatewayClassName: string;
  };
  const [address] = gateway.addresses ?? [];
  if (address !== undefined) return address.value;
  const own = find('EgressClass', gateway.gatewayClassName)?.spec as
    | {
        readonly networks?: readonly { readonly interface?: string }[];
        readonly gatewayNodes?: { readonly nodeSelector: object };
      }
    | undefined;
  return JSON.stringify({
    nodeSelector: own?.gatewayNodes?.nodeSelector ?? {},
    interface: own?.networks?.[0]?.interface,
  });
}

test('a Pod leaves by the same policy before and after', () => {
  const seen = { compared: 0, translated: 0, excused: 0, unclear: 0 };
  fc.assert(
    fc.property(policies, (list) => {
      const text = list
        .map(({ name, ...spec }) =>
          stringify(
            { apiVersion: 'cilium.io/v2', kind: 'CiliumEgressGatewayPolicy', metadata: { name }, spec },
            { aliasDuplicateObjects: false },
          ),
        )
        .join('---\n');
      const translation = translateFrom(readDocuments('in.yaml', text), {
        from: 'cilium',
        namespace: 'platform',
        gatewayClass: 'egress',
        interface: 'eth0',
      });
      expect(translation.problems).toEqual([]);
      const index = { byNamespace: new Map(), cluster: ourRules(translation) };
      const noted = (field: string) => {
        const notes = [...translation.notes, ...translation.manifests.flatMap(({ notes: own }) => own)];
        return new Set(
          notes
            .filter(({ effect, message }) => effect === 'differs' && message.startsWith(field))
            .map(({ origin }) => origin.name),
        );
      };
      const [bySelector, byExcluded] = [noted('spec.selectors'), noted('spec.excludedCIDRs')];
      for (const pod of pods) {
        const rules = rulesOfPod(index, podOf(pod), namespaceOf(pod));
        const ours = new Set(rules.map(({ route }) => route.name.slice(0, 1)));
        for (const destination of destinations) {
          const told = withCilium(list, pod, destination);
          if (told === 'unclear') {
            seen.unclear += 1;
            continue;
          }
          const involved = [...ours, ...told.matching.map(({ name }) => name)];
          if (
            involved.some((name) => bySelector.has(name)) ||
            (told.matching.length > 1 && involved.some((name) => byExcluded.has(name)))
          ) {
            seen.excused += 1;
            continue;
          }
          const winner = obviousWinner(rules, { destination });
          const got = winner === undefined ? 'none' : placeOf(translation, winner.gatewayUid);
          expect(`${pod.namespace} ${JSON.stringify(pod.labels)} to ${destination}: ${got}`).toBe(
            `${pod.namespace} ${JSON.stringify(pod.labels)} to ${destination}: ${told.by === undefined ? 'none' : gatewayOf(told.by)}`,
          );
          seen.compared += 1;
          if (winner !== undefined) seen.translated += 1;
        }
      }
    }),
    { numRuns: 120 },
  );
  const all = seen.compared + seen.excused + seen.unclear;
  expect(seen.compared, JSON.stringify(seen)).toBeGreaterThan(all / 2);
  expect(seen.translated, JSON.stringify(seen)).toBeGreaterThan(all / 20);
});

function podOf({ namespace, labels, account }: SomePod): Pod {
  return {
    metadata: meta(`${namespace}/pod`, { labels }),
    spec: { serviceAccountName: account },
    status: { podIPs: [] },
  };
}

function namespaceOf({ namespace }: SomePod) {
  const labels = {
    ...namespaces.find(({ name }) => name === namespace)?.labels,
    'kubernetes.io/metadata.name': namespace,
  };
  return { metadata: meta(namespace, { labels }) };
}
