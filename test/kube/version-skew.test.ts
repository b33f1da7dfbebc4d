import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preparePrevious } from '../../hack/previous/prepare.ts';
import { resources } from '../../src/api/resources.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import { isObject, type Schema } from '../../src/schema/model.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { additions, narrowings } from '../support/compare-schemas.ts';
import { type CrdDocument, installCrds, readCrds } from '../support/install-crds.ts';

// What one version writes and the other reads, as data: the CRDs of both, and the objects of the golden cases of both.

/**
 * Fields that the version before (hack/previous/ref) does not have, as `egressplacements spec.candidates[].node`, and why it may do without: whoever
 * adds one says here what an older reader, or an older CRD, makes of its absence. What must not be overlooked needs another way.
 */
const fieldsSince: Readonly<Record<string, string>> = {};

/** Golden cases of the version before of which the controller of now decides otherwise, and why nobody is hurt by that. */
const decidedOtherwise: Readonly<Record<string, string>> = {
  'class-unbuilt-field':
    'maxOwnersPerZone was refused as not built, so the class was not accepted and its Gateways had nothing; now it is, and they get it',
};

const root = join(import.meta.dirname, '..', '..');
const previous = await preparePrevious();
const other = previous.kind === 'ready' ? previous.dir : root;

it('there is a version before this one', ({ skip }) => {
  if (previous.kind === 'absent') return skip(previous.why);
  expect(previous.dir).not.toBe(root);
});

it('says why there is none', async () => {
  const why = expect.stringMatching(/^the git history does not have no-such-commit \(git fetch/);
  expect(await preparePrevious('no-such-commit')).toEqual({ kind: 'absent', why });
});

interface Golden {
  readonly settle: (start: Snapshot) => { readonly snapshot: Snapshot };
  /** The golden cases of the compile, all written and reported, by name. */
  readonly cases: ReadonlyMap<string, Snapshot>;
}

/** The compile of a version, and what it makes of its golden cases. */
async function goldenOf(tree: string): Promise<Golden> {
  const load = async <T>(path: string) => (await import(pathToFileURL(join(tree, path)).href)) as T;
  type Support = { readonly settleAll: Golden['settle'] };
  const { settleAll } = await load<Support>('test/support/apply-plan.ts');
  const { loadSnapshot } = await load<{ loadSnapshot(...texts: readonly string[]): Snapshot }>(
    'test/support/load-snapshot.ts',
  );
  const folder = join(tree, 'test/golden/compile');
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const names = globSync('*/in.yaml', { cwd: folder }).map((path) => basename(dirname(path)));
  const cases = names.map((name) => {
    return [name, settleAll(loadSnapshot(read('base.yaml'), read(`${name}/in.yaml`))).snapshot] as const;
  });
  return { settle: settleAll, cases: new Map(cases) };
}

describe.skipIf(previous.kind === 'absent')('two versions', async () => {
  const now = await goldenOf(root);
  const before = await goldenOf(other);
  const crdsNow = await readCrds(join(root, 'config/crd'));
  const crdsBefore = await readCrds(join(other, 'config/crd'));

  it('the cases are many', () => {
    expect(before.cases.size).toBeGreaterThanOrEqual(10);
    expect(now.cases.size).toBeGreaterThanOrEqual(10);
  });

  it('the CRDs of now take whatever those of before took', () => {
    const lines = crdsBefore.flatMap((crd) => {
      const same = crdsNow.find(({ metadata }) => metadata.name === crd.metadata.name);
      if (same === undefined) return [`${crd.metadata.name}: gone`];
      return narrowings(schemaOf(crd), schemaOf(same)).map((line) => `${crd.metadata.name} ${line}`);
    });
    expect(lines).toEqual([]);
  });

  it('of every field that is new, somebody has said what its absence means', () => {
    const fields = crdsNow.flatMap((crd) => {
      const same = crdsBefore.find(({ metadata }) => metadata.name === crd.metadata.name);
      const plural = crd.metadata.name.split('.')[0];
      if (same === undefined) return [`${plural}`];
      return additions(schemaOf(same), schemaOf(crd)).map((path) => `${plural} ${path}`);
    });
    expect(fields).toEqual(Object.keys(fieldsSince));
  });

  describe('an API server', () => {
    let server: ApiServer;
    beforeAll(async () => {
      server = await startApiServer();
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    /** What the API server says of each object of the cases: lines of refusal, of fields that it does not know. */
    async function judge(cases: Golden['cases']): Promise<readonly string[]> {
      const bodies = new Map([...cases.values()].flatMap(ownObjects).map((object) => [JSON.stringify(object), object]));
      expect(bodies.size).toBeGreaterThan(50);
      const answers = [...bodies.values()].map(async ({ path, body }) => {
        const query = 'dryRun=All&fieldValidation=Warn';
        const answer = await server.client.request(`${path}?${query}`, { method: 'POST', body });
        const refusal = answer.status === 201 ? [] : [`${path} ${answer.status}: ${JSON.stringify(answer.body)}`];
        return [...refusal, ...answer.warnings.map((warning) => `${path.split('/').at(-1)} ${warning}`)];
      });
      return [...new Set((await Promise.all(answers)).flat())];
    }

    it('with the CRDs of before takes the objects of now; what it drops is what is new', async () => {
      await installCrds(server, [join(other, 'config/crd')], withoutSubresources);
      const fields = Object.keys(fieldsSince).map((field) =>
        field.replaceAll('[]', '').replace(' ', ' unknown field '),
      );
      const unknown = (await judge(now.cases)).map((line) => line.replaceAll(/\[\d+\]|"/g, ''));
      expect(unknown.filter((line) => !fields.includes(line))).toEqual([]);
    });

    it('with the CRDs of now, put over those, takes and keeps the objects of before', async () => {
      await installCrds(server, [join(root, 'config/crd')], withoutSubresources);
      expect(await judge(before.cases)).toEqual([]);
    });
  });

  // What a controller decides of what another version has written: nothing that Pods or partners notice.
  it.each([...before.cases])('the controller of now leaves what that of before decided: %s', (name, snapshot) => {
    const after = expect(decisionsOf(now.settle(snapshot).snapshot));
    if (name in decidedOtherwise) after.not.toEqual(decisionsOf(snapshot));
    else after.toEqual(decisionsOf(snapshot));
  });

  it('nobody stands in for a case that there is no more', () => {
    expect(Object.keys(decidedOtherwise).filter((name) => !before.cases.has(name))).toEqual([]);
  });

  it.each([...now.cases])('the controller of before leaves what that of now decided: %s', (_, snapshot) => {
    expect(decisionsOf(before.settle(snapshot).snapshot)).toEqual(decisionsOf(snapshot));
  });
});

function schemaOf(crd: CrdDocument): Schema {
  const [version] = crd.spec['versions'] as readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[];
  if (version === undefined) throw new Error(`${crd.metadata.name} has no version`);
  return version.schema.openAPIV3Schema;
}

/** So that a status is judged with the rest. */
function withoutSubresources(crd: CrdDocument): CrdDocument {
  const versions = crd.spec['versions'] as readonly object[];
  return {
    ...crd,
    spec: { ...crd.spec, versions: versions.map((version) => ({ ...version, subresources: undefined })) },
  };
}

const anySpec = { parentRefs: [{ namespace: 'default', name: 'out' }], rules: [{}] };

interface OwnObject {
  readonly path: string;
  readonly body: object;
}

function ownObjects(snapshot: Snapshot): readonly OwnObject[] {
  const { cluster, claims, placements, ruleSets, egressNodes, reports, pools, routes, clusterRoutes } = snapshot;
  const lists = [
    [resources.egressClusters, cluster === undefined ? [] : [cluster]],
    [resources.egressAddressClaims, claims],
    [resources.egressPlacements, placements],
    [resources.egressRuleSets, ruleSets],
    [resources.egressNodes, egressNodes],
    [resources.egressNodeReports, reports],
    [resources.egressAddressPools, pools],
    // What people wrote there is theirs; the status is ours.
    [resources.egressRoutes, routes.map((route) => ({ ...route, spec: anySpec }))],
    [resources.clusterEgressRoutes, clusterRoutes.map((route) => ({ ...route, spec: anySpec }))],
  ] as const;
  return lists.flatMap(([{ group, version, plural, kind, namespaced }, objects]) =>
    objects.map((object) => {
      const { metadata, spec, status } = object as { metadata: { name: string }; spec?: object; status?: object };
      const folder = namespaced ? `namespaces/default/${plural}` : plural;
      const body = { apiVersion: `${group}/${version}`, kind, metadata: { name: metadata.name }, spec, status };
      return { path: `/apis/${group}/${version}/${folder}`, body: JSON.parse(JSON.stringify(body)) as object };
    }),
  );
}

/** Addresses, numbers, owners and rules: all but words for people and times. */
function decisionsOf({ claims, placements, ruleSets, egressNodes, gateways, cluster }: Snapshot): unknown {
  return plain({
    claims: claims.map(({ metadata, spec }) => [metadata.name, spec]),
    placements: placements.map(({ metadata, spec }) => [metadata.name, spec]),
    ruleSets: ruleSets.map(({ metadata, spec }) => [metadata.name, spec]),
    nodes: egressNodes.map(({ metadata, spec }) => [metadata.name, spec]),
    numbers: cluster?.status,
    gateways: gateways.map(({ metadata, status }) => [metadata.name, status?.addresses, verdicts(status?.conditions)]),
  });
}

function verdicts(conditions: unknown): unknown {
  if (!Array.isArray(conditions)) return [];
  return conditions.filter(isObject).map(({ type, status, reason }) => [type, status, reason]);
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
