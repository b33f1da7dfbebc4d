import { apiGroup, gatewayGroup } from '../api/names.ts';
import { resources } from '../api/resources.ts';
import type { Evaluate } from './cel.ts';
import { checkMetadata } from './check-metadata.ts';
import { checkRules } from './check-rules.ts';
import { checkValue } from './check-value.ts';
import crds from './crds.json' with { type: 'json' };
import { fillDefaults } from './fill-defaults.ts';
import { gatewaySchemas } from './gateway-schema.ts';
import { isObject, type Problem, type Schema } from './model.ts';

/** A kind that people write, and how it is served. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** `valid`: `object` has its defaults. `foreign`: nothing that Sallyport looks at. */
export type ObjectCheck =
  | { readonly outcome: 'valid'; readonly kind: Kind; readonly object: Readonly<Record<string, unknown>> }
  | { readonly outcome: 'refused'; readonly kind?: Kind; readonly problems: readonly Problem[] }
  | { readonly outcome: 'foreign' };

const ownSchemas = crds as unknown as Readonly<Record<string, Schema>>;
const schemas: ReadonlyMap<string, Schema> = new Map(Object.entries({ ...ownSchemas, ...gatewaySchemas }));
const { gatewayClasses, gateways, namespaces, nodes, serviceCidrs } = resources;
const otherKinds: readonly Kind[] = [gatewayClasses, gateways, namespaces, nodes, serviceCidrs];
const ownKinds: readonly Kind[] = Object.values(resources).filter(({ group }) => group === apiGroup);

/** Judges one object of a manifest as the API server would that has our CRDs and Gateway API's; never throws. */
export function checkObject(evaluate: Evaluate, raw: unknown): ObjectCheck {
  if (!isObject(raw))
    return refuse([{ path: '', message: 'is no object: a manifest has apiVersion, kind and metadata' }]);
  const missing = ['apiVersion', 'kind'].filter((key) => typeof raw[key] !== 'string' || raw[key] === '');
  if (missing.length > 0) return refuse(missing.map((path) => ({ path, message: 'is required, and is a string' })));
  const apiVersion = String(raw['apiVersion']);
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/', 2) : ['', apiVersion];
  const known = [...ownKinds, ...otherKinds].filter((each) => each.group === group);
  const kind = known.find((each) => each.kind === raw['kind']);
  if (kind === undefined)
    return group === apiGroup ? refuse([unknownKind(String(raw['kind']))]) : { outcome: 'foreign' };
  if (kind.version !== version && !isOlderServed(kind, version)) {
    const message = `${apiVersion} is not served: write ${kind.group}/${kind.version}`;
    return refuse([{ path: 'apiVersion', message }], kind);
  }
  return checkKnown(evaluate, kind, raw);
}

// Gateway API still serves v1beta1 of GatewayClass and Gateway, with the same fields.
function isOlderServed({ group }: Kind, version: string | undefined): boolean {
  return group === gatewayGroup && version === 'v1beta1';
}

function checkKnown(evaluate: Evaluate, kind: Kind, raw: Readonly<Record<string, unknown>>): ObjectCheck {
  const { metadata, status: _, ...rest } = raw;
  const named = checkMetadata(metadata, kind);
  if (kind.group !== apiGroup && kind.group !== gatewayGroup)
    return named.length > 0 ? refuse(named, kind) : { outcome: 'valid', kind, object: raw };
  const schema = schemas.get(kind.kind);
  if (schema === undefined)
    return refuse([{ path: 'kind', message: `${kind.kind} is written by Sallyport alone: leave it out` }], kind);
  const { apiVersion, kind: word, ...body } = rest;
  const filled = fillDefaults(schema, body);
  const problems = [...named, ...checkValue(schema, filled, '')];
  if (problems.length > 0 || !isObject(filled)) return refuse(problems, kind);
  const broken = checkRules(evaluate, schema, { ...filled, metadata }, '');
  if (broken.length > 0) return refuse(broken, kind);
  return { outcome: 'valid', kind, object: { apiVersion, kind: word, metadata, ...filled } };
}

function refuse(problems: readonly Problem[], kind?: Kind): ObjectCheck {
  return { outcome: 'refused', problems, ...(kind === undefined ? {} : { kind }) };
}

function unknownKind(kind: string): Problem {
  return {
    path: 'kind',
    message: `${kind} is no kind of ${apiGroup}: known are ${Object.keys(ownSchemas).sort().join(', ')}`,
  };
}
