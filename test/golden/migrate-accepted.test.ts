import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import type { Gateway } from '../../src/api/gateway.ts';
import { poolAddressType } from '../../src/api/names.ts';
import type { EgressPlan } from '../../src/compile/egress-plan.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import { canonicalIp } from '../../src/net/ip.ts';
import { settleAll } from '../support/apply-plan.ts';
import { loadSnapshot } from '../support/load-snapshot.ts';
import { readSchema, refusals } from '../support/schema.ts';

// What translate makes of the golden cases, taken by our own schemas and our own controller.
const folder = join(import.meta.dirname, 'migrate');
const cases = globSync('*/out.yaml', { cwd: folder })
  .map((path) => basename(dirname(path)))
  .sort();

const plurals: Readonly<Record<string, string>> = {
  EgressAddressPool: 'egressaddresspools',
  EgressClass: 'egressclasses',
  EgressRoute: 'egressroutes',
  ClusterEgressRoute: 'clusteregressroutes',
};

const base = `
kind: EgressCluster
metadata: {name: default}
spec: {}
---
kind: GatewayClass
metadata: {name: egress}
spec: {controllerName: sallyport.dev/egress-controller, parametersRef: {group: sallyport.dev, kind: EgressClass, name: egress}}
---
kind: EgressClass
metadata: {name: egress}
spec: {}
---
kind: Node
metadata: {name: node-1}
spec: {podCIDRs: [10.244.1.0/24]}
status: {ready: true, addresses: [{type: InternalIP, address: 192.0.2.11}]}
`;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Record<string, unknown>;
}

describe.each(cases)('%s', (name) => {
  const text = readFileSync(join(folder, name, 'out.yaml'), 'utf8');
  const manifests = parseAllDocuments(text).flatMap((document): Manifest[] => document.toJS() ?? []);
  let plan: EgressPlan;
  let snapshot: Snapshot;
  beforeAll(() => {
    const namespaces = new Set(manifests.flatMap(({ metadata }) => metadata.namespace ?? []));
    const labelled = [...namespaces].map((own) => {
      return stringify({
        kind: 'Namespace',
        metadata: { name: own, labels: { 'kubernetes.io/metadata.name': own } },
      });
    });
    ({ plan, snapshot } = settleAll(loadSnapshot([base, ...labelled, text].join('\n---\n'))));
  });

  test('the schemas take every object', () => {
    const ours = manifests.filter(({ kind }) => kind in plurals);
    expect(ours.length).toBeGreaterThan(0);
    for (const { kind, metadata, spec } of ours)
      expect(refusals(readSchema(plurals[kind] ?? '', 'spec'), spec, `${kind} ${metadata.name}`)).toEqual([]);
  });

  test('the controller accepts classes, pools, Gateways and routes', () => {
    const conditions = [
      ...plan.classes.map((entry) => [`class ${entry.name}`, entry.conditions] as const),
      ...plan.pools.map((entry) => [`pool ${entry.name}`, entry.status.conditions ?? []] as const),
      ...plan.gateways.map((entry) => [`Gateway ${entry.ref.name}`, entry.status.conditions] as const),
      ...plan.routes.flatMap((entry) =>
        entry.parents.map((parent) => [`route ${entry.ref.name}`, parent.conditions] as const),
      ),
    ];
    const answers = conditions.map(([who, list]) => {
      return `${who}: ${list.find(({ type }) => type === 'Accepted')?.status}`;
    });
    expect(answers.filter((line) => !line.endsWith(': True'))).toEqual([]);
    expect(plan.routes.map(({ parents }) => parents.length)).toEqual(plan.routes.map(() => 1));
    const count = (wanted: RegExp) => manifests.filter(({ kind }) => wanted.test(kind)).length;
    expect(plan.gateways).toHaveLength(count(/^Gateway$/));
    expect(plan.routes).toHaveLength(count(/Route$/));
  });

  test('every Gateway gets the addresses that it asks for', () => {
    const pools = new Set(snapshot.pools.map(({ metadata }) => metadata.name));
    for (const { metadata, spec } of snapshot.gateways) {
      const held = snapshot.claims
        .filter(({ spec: claim }) => claim.holder.uid === metadata.uid)
        .map(({ metadata: claim }) => addressOf(claim.name))
        .sort();
      const fixed = wished(spec, 'IPAddress').sort();
      const known = wished(spec, poolAddressType).filter((pool) => pools.has(pool));
      if (known.length === 0) expect(held, metadata.name).toEqual(fixed);
      else expect(held.length, metadata.name).toBeGreaterThanOrEqual(fixed.length + known.length);
    }
  });
});

function wished({ addresses = [] }: Gateway['spec'], type: string): string[] {
  return addresses.filter((entry) => entry.type === type).map(({ value = '' }) => value);
}

// EgressAddressClaims are named by address, IPv6 as eight groups joined by hyphens.
function addressOf(claim: string): string {
  return claim.includes('-') ? (canonicalIp(claim.replaceAll('-', ':')) ?? claim) : claim;
}
