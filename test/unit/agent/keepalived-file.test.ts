import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeReplicationFiles } from '../../../src/agent/keepalived-file.ts';
import { selectPlan } from '../../../src/compile/select.ts';
import { viewOf } from '../../support/dataplane-case.ts';
import { cluster } from '../../support/objects.ts';

const { plan } = selectPlan(
  viewOf({
    ...{ cluster: cluster(), node: 'node-1', namespaces: [], pods: [] },
    nodes: [{ name: 'node-1', index: 1, addresses: ['192.0.2.11'] }],
  }),
);

let runDir: string;
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'keepalived-file-'));
});
afterEach(() => rm(runDir, { recursive: true }));

test('of groups that are replicated no more nothing stays', async () => {
  const folder = join(runDir, 'failover');
  await mkdir(folder);
  for (const name of ['conntrackd-3.conf', 'conntrackd-14.conf', 'replicas.json', 'next-hops.json'])
    await writeFile(join(folder, name), 'as before');
  expect(await writeReplicationFiles(runDir, plan, 'eth0')).toEqual({ changed: true, without: [] });
  expect(await readdir(folder)).toEqual(['next-hops.json']);
  expect(await writeReplicationFiles(runDir, plan, 'eth0')).toEqual({ changed: false, without: [] });
});

test('without a folder there is nothing to remove', async () => {
  expect(await writeReplicationFiles(runDir, plan, 'eth0')).toEqual({ changed: false, without: [] });
});
