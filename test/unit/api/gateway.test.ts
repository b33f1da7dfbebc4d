import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IGateway } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/Gateway';
import type { IGatewayClass } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/GatewayClass';
import { expect, expectTypeOf, test } from 'vitest';
import { type Gateway, type GatewayClass, supportedFeatures } from '../../../src/api/gateway.ts';

/** Upstream's models allow undefined where ours leave a field out. */
type Exact<T> = T extends readonly (infer Item)[]
  ? readonly Exact<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Exact<Exclude<T[Key], undefined>> }
    : T;

test('our projections read what upstream’s objects have', () => {
  expectTypeOf<Exact<IGateway['spec']>>().toExtend<Omit<Gateway['spec'], 'listeners' | 'infrastructure'>>();
  expectTypeOf<Exact<IGateway['spec']['listeners'][number]>>().toExtend<
    Omit<Gateway['spec']['listeners'][number], 'allowedRoutes'>
  >();
  expectTypeOf<Exact<IGatewayClass['spec']>>().toExtend<GatewayClass['spec']>();
});

test('supportedFeatures ascend, each once', () => {
  expect([...new Set(supportedFeatures)].sort()).toEqual(supportedFeatures);
});

const text = readFileSync(join(import.meta.dirname, '../../../docs/features.md'), 'utf8');
const [said = '', planned = ''] = text.split('Defined, and not yet said');
const namesIn = (table: string) => [...table.matchAll(/^\| `(\w+)` \| (?:core|extended) \|/gm)].map(([, name]) => name);

test('docs/features.md lists exactly what the class says', () => {
  expect(namesIn(said)).toEqual(supportedFeatures);
  for (const name of namesIn(planned)) expect(supportedFeatures).not.toContain(name);
});
