import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isExtendedTest } from '../../conformance/lib/select-tests.ts';
import { suite } from '../../conformance/suite.ts';
import { supportedFeatures } from '../../src/api/gateway.ts';
import { measured, until, useLab } from '../support/lab.ts';

// The EgressRoute suite against Sallyport as a whole, as its README tells other implementers to run it. Slow adverts: a machine
// that is busy with eight tests at a time must not take its own slowness for the death of an owner.
const lab = useLab('conformance', { nodes: 3, advert: 1000 });
const folder = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'));
afterAll(() => rmSync(folder, { recursive: true }));

const under = suite.filter(({ features, without = [] }) => {
  return (
    features.every((feature) => supportedFeatures.includes(feature)) &&
    without.every((feature) => !supportedFeatures.includes(feature))
  );
});

/** What a run labels: nothing of it may stay. */
async function labelled(): Promise<string> {
  const kinds = 'namespaces,gatewayclasses,clusteregressroutes,gateways,egressroutes,pods';
  return await lab.kubectl(['get', kinds, '-A', '-o', 'name', '-l', 'conformance.sallyport.dev/run']);
}

const nothingLeft = () =>
  until('nothing of the run is left', async () => ((await labelled()).trim() === '' ? true : undefined), {
    seconds: 60,
    explain: labelled,
  });

it('refuses a class that does not exist, before it makes anything', async () => {
  const { status, stderr } = await lab.run(['sallyport', 'conformance', '--gateway-class', 'nobody']);
  expect([status, stderr]).toEqual([1, 'sallyport: GatewayClass nobody does not exist; the cluster has: egress\n']);
  expect(await labelled()).toBe('');
});

it('cleans up after Ctrl-C', async () => {
  const command = ['timeout', '--signal', 'INT', '12', 'sallyport', 'conformance', '--gateway-class', 'egress'];
  const { stderr } = await lab.run(command);
  expect(stderr).toMatch(/interrupted: \d+ of \d+ tests ended/);
  await nothingLeft();
}, 120_000);

it('passes, core and extended, with nothing skipped, and leaves nothing behind', async () => {
  const [report, junit] = [join(folder, 'report.yaml'), join(folder, 'junit.xml')];
  const started = performance.now();
  const flags = ['--gateway-class', 'egress', '--report', report, '--junit', junit];
  const { status, stdout, stderr } = await lab.run(['sallyport', 'conformance', ...flags]);
  measured(`${under.length} conformance tests in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  const failures = stderr.split('\n').filter((line) => /FAIL|skip|^ {7}/.test(line));
  expect(failures).toEqual([]);
  expect([status, stdout]).toEqual([0, 'GATEWAY-EGRESS: Core tests succeeded. Extended tests succeeded.\n']);
  await nothingLeft();

  const extended = under.filter(isExtendedTest).length;
  const all = (Passed: number) => ({ result: 'success', statistics: { Failed: 0, Passed, Skipped: 0 } });
  expect(parse(readFileSync(report, 'utf8'))).toMatchObject({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ConformanceReport',
    gatewayAPIVersion: 'v1.6.1',
    gatewayAPIChannel: 'standard',
    implementation: { organization: 'sallyport', project: 'sallyport' },
    profiles: [{ name: 'GATEWAY-EGRESS', core: all(under.length - extended), extended: all(extended) }],
  });
  expect(readFileSync(junit, 'utf8').match(/<testcase /g)?.length).toBe(under.length);
}, 600_000);
