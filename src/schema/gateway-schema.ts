import type { CelRule, Schema } from './model.ts';

// Gateway and GatewayClass of Gateway API v1.6, standard channel: fields, limits and rules as its CRDs have them, in our words. What only
// proxies use (tls, allowedListeners) is not looked into.

const text = (maxLength: number, more: Partial<Schema> = {}): Schema => ({ type: 'string', maxLength, ...more });
const named = (maxLength: number, more: Partial<Schema> = {}): Schema => text(maxLength, { minLength: 1, ...more });
const list = (items: Schema, more: Partial<Schema> = {}): Schema => ({ type: 'array', items, ...more });
const fields = (
  properties: Schema['properties'],
  required: readonly string[] = [],
  more: Partial<Schema> = {},
): Schema => ({
  ...{ type: 'object', required, ...more },
  ...(properties === undefined ? {} : { properties }),
});
const anything: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const labelled = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${labelled}(\\.${labelled})*`;
const group = text(253, { pattern: `^$|^${subdomain}$` });
const kind = named(63, { pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$' });

const selector = fields({
  matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
  matchExpressions: list(
    fields({ key: { type: 'string' }, operator: { type: 'string' }, values: list({ type: 'string' }) }, [
      'key',
      'operator',
    ]),
  ),
});

const listener = fields(
  {
    name: named(253, { pattern: `^${subdomain}$` }),
    hostname: named(253, { pattern: `^(\\*\\.)?${subdomain}$` }),
    port: { type: 'integer', format: 'int32', minimum: 1, maximum: 65_535 },
    protocol: named(255, { pattern: `^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|${subdomain}\\/[A-Za-z0-9]+$` }),
    tls: anything,
    allowedRoutes: fields(
      {
        namespaces: fields(
          { from: { type: 'string', enum: ['All', 'Selector', 'Same'], default: 'Same' }, selector },
          [],
          {
            default: { from: 'Same' },
          },
        ),
        kinds: list(fields({ group: { ...group, default: 'gateway.networking.k8s.io' }, kind }, ['kind']), {
          maxItems: 8,
        }),
      },
      [],
      { default: { namespaces: { from: 'Same' } } },
    ),
  },
  ['name', 'port', 'protocol'],
);

const once = (rule: string, message: string): CelRule => ({
  rule: `self.all(a, self.exists_one(b, ${rule}))`,
  message,
});
const onlyFor = (which: string, rule: string, message: string): CelRule => ({
  rule: `self.all(a, !(${which}) || ${rule})`,
  message,
});

const listenerRules: readonly CelRule[] = [
  onlyFor("a.protocol in ['HTTP', 'TCP', 'UDP']", '!has(a.tls)', 'a listener of protocol HTTP, TCP or UDP has no tls'),
  onlyFor("a.protocol in ['TCP', 'UDP']", '!has(a.hostname)', 'a listener of protocol TCP or UDP has no hostname'),
  once(
    'a.port == b.port && a.protocol == b.protocol && has(a.hostname) == has(b.hostname) && (!has(a.hostname) || a.hostname == b.hostname)',
    'no two listeners may have the same port, protocol and hostname',
  ),
];

const address = fields({
  type: named(253, {
    default: 'IPAddress',
    pattern: `^Hostname|IPAddress|NamedAddress|${subdomain}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`,
  }),
  value: text(253),
});

const addressRules: readonly CelRule[] = [
  {
    rule: "self.all(a, a.type != 'IPAddress' || !has(a.value) || isIP(a.value))",
    message: 'the value of an address of type IPAddress must be an IP address',
  },
  ...['IPAddress', 'Hostname'].map((type) => ({
    rule: `self.all(a, a.type != '${type}' || !has(a.value) || self.exists_one(b, b.type == a.type && has(b.value) && b.value == a.value))`,
    message: `no two addresses of type ${type} may have the same value`,
  })),
];

const parametersRef = fields({ group, kind, name: named(253) }, ['group', 'kind', 'name']);

const gateway = fields(
  {
    gatewayClassName: named(253),
    listeners: list(listener, {
      ...{ minItems: 1, maxItems: 64, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
      'x-kubernetes-validations': listenerRules,
    }),
    addresses: list(address, { maxItems: 16, 'x-kubernetes-validations': addressRules }),
    infrastructure: fields({
      labels: {
        ...{ type: 'object', maxProperties: 8 },
        additionalProperties: text(63, { pattern: '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$' }),
      },
      annotations: { type: 'object', maxProperties: 16, additionalProperties: text(4096) },
      parametersRef,
    }),
    allowedListeners: anything,
    tls: anything,
  },
  ['gatewayClassName', 'listeners'],
);

const gatewayClass = fields(
  {
    controllerName: named(253, { pattern: `^${subdomain}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$` }),
    description: text(64),
    parametersRef: fields({ group, kind, name: named(253), namespace: named(63, { pattern: `^${labelled}$` }) }, [
      'group',
      'kind',
      'name',
    ]),
  },
  ['controllerName'],
);

const objectOf = (spec: Schema): Schema => fields({ spec }, ['spec']);

/** The schemas of Gateway and GatewayClass, by kind. */
export const gatewaySchemas: Readonly<Record<string, Schema>> = {
  Gateway: objectOf(gateway),
  GatewayClass: objectOf(gatewayClass),
};
