import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isExtendedTest } from '../../conformance/lib/select-tests.ts';
import { suite } from '../../conformance/suite.ts';
import { supportedFeatures } from '../../src/api/gateway.ts';
import { measured, until, useLab } from '../support/lab.ts';

// The EgressRoute suite against Sallyport, as its README tells other implementers to run it: some tests of most areas, for all of
// them take five minutes (`hack/lab/run -- sallyport conformance --gateway-class egress`). Slow adverts: a machine that is busy
// must not take its own slowness for the death of an owner.
const some =
  '^(GatewayClass(Accepted|Missing|SupportedFeatures)|GatewayProgrammed|Listener.*|AllowedRoutes.*|EgressRoute(NoParent|Except|DualStack)|PrecedencePrefix|ClusterEgressRouteYields|RouteDeleted|TenantsApart)$';
const lab = useLab('conformance', { nodes: 3, advert: 1000 });
const folder = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'));
afterAll(() => rmSync(folder, { recursive: true }));

const under = suite.filter(({ name, features, without = [] }) => {
  return (
    new RegExp(some).test(name) &&
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
  const command = ['sallyport', 'conformance', '--gateway-class', 'egress'];
  const { status, stderr } = await lab.run(['timeout', '--signal', 'INT', '8', ...command]);
  // 124 is timeout's own: the time was over before the command was.
  expect([status, stderr]).toEqual([124, expect.stringMatching(/\ninterrupted: \d+ of \d{3} tests ended\n$/)]);
  await nothingLeft();
}, 120_000);

it('passes, reports and leaves nothing behind', async () => {
  const [report, junit] = [join(folder, 'report.yaml'), join(folder, 'junit.xml')];
  const started = performance.now();
  const flags = ['--gateway-class', 'egress', '--run', some, '--report', report, '--junit', junit];
  const { status, stdout, stderr } = await lab.run(['sallyport', 'conformance', ...flags]);
  measured(`${under.length} conformance tests in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  const failures = stderr.split('\n').filter((line) => /FAIL|skip|^ {7}/.test(line));
  expect(failures).toEqual([]);
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^GATEWAY-EGRESS: Core tests partially succeeded/)]);
  await nothingLeft();

  const extended = under.filter(isExtendedTest).length;
  const all = (Passed: number) => ({ result: 'partial', statistics: { Failed: 0, Passed } });
  expect(parse(readFileSync(report, 'utf8'))).toMatchObject({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ConformanceReport',
    gatewayAPIVersion: 'v1.6.1',
    gatewayAPIChannel: 'standard',
    implementation: { organization: 'sallyport', project: 'sallyport' },
    profiles: [{ name: 'GATEWAY-EGRESS', core: all(under.length - extended), extended: all(extended) }],
  });
  // Those that were not chosen are there as skipped.
  expect(readFileSync(junit, 'utf8').match(/<testcase /g)?.length).toBe(suite.length);
}, 600_000);
