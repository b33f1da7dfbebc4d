import { isIP } from 'node:net';
import { holds, isMasked, readAddress, readCidr } from '../fake/ip.ts';
import type { RouteMatch, RouteSpec } from '../fake/view.ts';
import type { SchemaMistake } from '../mistakes/schema.ts';

/** One rule of a schema: what must not be, and what the API server says to it. */
export interface SchemaRule<Spec> {
  /** The switch that leaves the rule out. */
  readonly without: SchemaMistake;
  readonly message: string;
  broken(spec: Spec): boolean;
}

type Parent = NonNullable<RouteSpec['parentRefs']>[number];
type Destination = NonNullable<RouteMatch['destinations']>[number];
type Port = NonNullable<RouteMatch['ports']>[number];

const matches = ({ rules }: RouteSpec): readonly RouteMatch[] => rules.flatMap(({ matches: list = [] }) => list);
const destinations = (spec: RouteSpec): readonly Destination[] =>
  matches(spec).flatMap(({ destinations: list = [] }) => list);
const cidrs = (spec: RouteSpec): readonly string[] => {
  return destinations(spec).flatMap(({ cidr, except = [] }) => (cidr === undefined ? except : [cidr, ...except]));
};
const ports = (spec: RouteSpec): readonly Port[] => matches(spec).flatMap(({ ports: list = [] }) => list);
const lists = (spec: RouteSpec, pick: (match: RouteMatch) => readonly unknown[] | undefined): readonly number[] => {
  return matches(spec).flatMap((match) => pick(match)?.length ?? []);
};

/** The rules of the schema of both kinds of route (api.md §4), written out by hand. */
export const routeRules: readonly SchemaRule<RouteSpec>[] = [
  {
    without: 'schema-no-rules',
    message: 'spec.rules: must have 1 to 16 items',
    broken: ({ rules }) => rules.length < 1,
  },
  {
    without: 'schema-too-many-rules',
    message: 'spec.rules: must have 1 to 16 items',
    broken: ({ rules }) => rules.length > 16,
  },
  {
    without: 'schema-too-many-matches',
    message: 'matches: must have at most 8 items',
    broken: ({ rules }) => rules.some(({ matches: list = [] }) => list.length > 8),
  },
  {
    without: 'schema-too-many-destinations',
    message: 'destinations: must have 1 to 64 items',
    broken: (spec) => lists(spec, (match) => match.destinations).some((length) => length < 1 || length > 64),
  },
  {
    without: 'schema-too-many-excepts',
    message: 'except: must have 1 to 8 items',
    broken: (spec) =>
      destinations(spec).some(({ except }) => except !== undefined && (except.length < 1 || except.length > 8)),
  },
  {
    without: 'schema-too-many-ports',
    message: 'ports: must have 1 to 16 items',
    broken: (spec) => lists(spec, (match) => match.ports).some((length) => length < 1 || length > 16),
  },
  {
    without: 'schema-service-accounts-empty',
    message: 'serviceAccounts: must have 1 to 16 items',
    broken: (spec) => lists(spec, (match) => match.serviceAccounts).some((length) => length < 1 || length > 16),
  },
  {
    without: 'schema-rule-names-not-unique',
    message: 'rule names must be unique within the route',
    broken: ({ rules }) =>
      rules.some(({ name }, at) => name !== undefined && rules.findIndex((r) => r.name === name) < at),
  },
  {
    without: 'schema-empty-match',
    message: 'a match needs at least one of its fields',
    broken: (spec) => matches(spec).some((match) => Object.keys(match).length === 0),
  },
  {
    without: 'schema-cidr-not-checked',
    message: 'must be a CIDR such as 203.0.113.0/24 or 2001:db8::/32',
    broken: (spec) => cidrs(spec).some((text) => readCidr(text) === undefined),
  },
  {
    without: 'schema-cidr-host-bits',
    message: 'has address bits set behind its prefix length',
    broken: (spec) => cidrs(spec).some((text) => readCidr(text) !== undefined && !isMasked(text)),
  },
  {
    without: 'schema-except-outside-cidr',
    message: 'every except must lie inside cidr',
    broken: (spec) =>
      destinations(spec).some(({ cidr, except = [] }) => except.some((inner) => !isInside(cidr ?? '', inner))),
  },
  {
    without: 'schema-except-without-cidr',
    message: 'except needs cidr',
    broken: (spec) => destinations(spec).some(({ cidr, except }) => except !== undefined && cidr === undefined),
  },
  {
    without: 'schema-cidr-and-hostname',
    message: 'exactly one of cidr and hostname must be set',
    broken: (spec) =>
      destinations(spec).some(({ cidr, hostname }) => (cidr === undefined) === (hostname === undefined)),
  },
  {
    without: 'schema-hostname-not-checked',
    message: 'hostname must be a name, or *. and a name',
    broken: (spec) => destinations(spec).some(({ hostname }) => hostname !== undefined && !isHostname(hostname)),
  },
  {
    without: 'schema-end-port-without-port',
    message: 'endPort needs port',
    broken: (spec) => ports(spec).some(({ port, endPort }) => endPort !== undefined && port === undefined),
  },
  {
    without: 'schema-end-port-smaller',
    message: 'endPort must not be smaller than port',
    broken: (spec) => ports(spec).some(({ port = 0, endPort = port }) => endPort < port),
  },
  {
    without: 'schema-port-out-of-range',
    message: 'port: must be 1 to 65535',
    broken: (spec) =>
      ports(spec).some(({ port = 1, endPort = 1 }) => [port, endPort].some((one) => one < 1 || one > 65535)),
  },
  {
    without: 'schema-protocol-not-checked',
    message: 'protocol: must be TCP, UDP or SCTP',
    broken: (spec) => ports(spec).some(({ protocol = 'TCP' }) => !['TCP', 'UDP', 'SCTP'].includes(protocol)),
  },
  {
    without: 'schema-selector-operators',
    message: 'operators In and NotIn need values, Exists and DoesNotExist take none',
    broken: (spec) =>
      matches(spec).some(({ podSelector, namespaceSelector }) => {
        const requirements = [podSelector, namespaceSelector].flatMap((selector) => selector?.matchExpressions ?? []);
        return requirements.some(({ operator, values = [] }) => {
          const known = ['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator);
          return !known || (operator === 'In' || operator === 'NotIn') !== values.length > 0;
        });
      }),
  },
  {
    without: 'schema-too-many-parents',
    message: 'spec.parentRefs: must have at most 32 items',
    broken: ({ parentRefs = [] }) => parentRefs.length > 32,
  },
  {
    without: 'schema-parents-need-sections',
    message: 'sectionName or port must be specified when parentRefs includes 2 or more references to the same parent',
    broken: ({ parentRefs = [] }) =>
      somePair(parentRefs, (a, b) => {
        return (
          sameParent(a, b) &&
          ((a.sectionName === undefined) !== (b.sectionName === undefined) ||
            (a.port === undefined) !== (b.port === undefined))
        );
      }),
  },
  {
    without: 'schema-parents-not-unique',
    message: 'sectionName or port must be unique when parentRefs includes 2 or more references to the same parent',
    broken: ({ parentRefs = [] }) =>
      somePair(parentRefs, (a, b) => {
        return sameParent(a, b) && a.sectionName === b.sectionName && a.port === b.port;
      }),
  },
];

/** What a ClusterEgressRoute needs besides (api.md §5). */
export const clusterRouteRules: readonly SchemaRule<RouteSpec>[] = [
  {
    without: 'schema-cluster-parent-without-namespace',
    message: 'namespace is required in the parentRefs of a ClusterEgressRoute',
    broken: ({ parentRefs = [] }) => parentRefs.some(({ namespace }) => namespace === undefined),
  },
];

function somePair(parents: readonly Parent[], test: (a: Parent, b: Parent) => boolean): boolean {
  return parents.some((a, at) => parents.some((b, other) => other > at && test(a, b)));
}

function sameParent(a: Parent, b: Parent): boolean {
  return a.group === b.group && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

function isInside(outer: string, inner: string): boolean {
  const [range, hole] = [readCidr(outer), readCidr(inner)];
  const base = readAddress(inner.split('/')[0] ?? '');
  if (range === undefined || hole === undefined || base === undefined) return range === undefined;
  return holds(range, base) && hole.prefix >= range.prefix;
}

function isHostname(text: string): boolean {
  const name = text.startsWith('*.') ? text.slice(2) : text;
  const labels = name.split('.');
  return (
    isIP(text) === 0 &&
    name.length <= 253 &&
    labels.every((label) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label))
  );
}
