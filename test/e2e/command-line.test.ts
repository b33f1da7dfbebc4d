import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/explain/explain.ts';
import type { Preview } from '../../src/preview/preview.ts';
import { measured, sourceOf, useLab } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, runningPods, untilCondition, untilProgrammed } from '../support/lab-objects.ts';

// What the commands say, held against what the server outside saw.
const lab = useLab('command-line', { nodes: 3 });
const outside = '198.51.100.10';

let partners = '';
beforeAll(async () => {
  await apply(
    lab,
    namespaceYaml('shop'),
    podYaml('shop/pay', { labels: { app: 'pay' }, node: 'node-1' }),
    podYaml('shop/web', { labels: { app: 'web' }, node: 'node-2' }),
    gatewayYaml('shop/partners'),
    routeYaml('shop/pay', { gateway: 'shop/partners', match: '{podSelector: {matchLabels: {app: pay}}}' }),
  );
  partners = await addressOf(lab, 'shop/partners');
  await untilProgrammed(lab, 'egressroute', 'shop/pay');
  await runningPods(lab, 'shop', { count: 2 });
});

const sallyport = (...args: readonly string[]) => lab.run(['sallyport', ...args]);

describe('explain', () => {
  it('names the address that the outside sees, and why', async () => {
    const { stdout, status } = await sallyport('explain', 'shop/pay', '--to', outside, '--port', '443', '-o', 'json');
    expect(status).toBe(0);
    const told = JSON.parse(stdout) as Explanation;
    expect(told).toMatchObject({ outcome: 'leaves', source: partners, pod: 'shop/pay', node: 'node-1' });
    expect(await sourceOf(lab, 'shop/pay')).toBe(told.source);
    expect(told.gateway?.owner).toBe(await lab.owner('shop/partners'));
    expect(told.gateway?.onPodNode).toBe('applied');
  });

  it('says of a Pod without a route that it is left alone, and what the route lacks', async () => {
    const { stdout } = await sallyport('explain', 'web', '-n', 'shop', '--to', outside);
    measured(stdout);
    expect(stdout).toMatch(/^shop\/web on node-2 → 198\.51\.100\.10 TCP\nis left alone\n/);
    expect(stdout).toContain('EgressRoute shop/pay, rules[0]: label app must be pay (it is web)');
    expect(await sourceOf(lab, 'shop/web')).not.toBe(partners);
    const whyNot = await sallyport('explain', 'shop/web', '--to', outside, '--why-not', 'shop/pay');
    expect(whyNot.stdout).toBe(
      'EgressRoute shop/pay, rules[0] would decide, if\n  - label app must be pay (it is web)\n',
    );
  });

  it('knows what is inside', async () => {
    const { stdout } = await sallyport('explain', 'shop/pay', '--to', '10.96.0.1', '--port', '443', '-o', 'yaml');
    expect(stdout).toContain('outcome: inside');
  });
});

it('status has a line per Gateway', async () => {
  const { stdout } = await sallyport('status', '-o', 'wide');
  measured(stdout);
  const [head, line] = stdout.split('\n');
  expect(head).toMatch(/^CLASS +GATEWAY +STATE +ADDRESSES +OWNER +SINCE +STANDBYS +PODS +GROUP +TUNNEL$/);
  const owner = await lab.owner('shop/partners');
  expect(line).toMatch(
    new RegExp(`^egress +shop/partners +Programmed +${partners},\\S+ +${owner} +\\S+ +node-\\d +1 +1 +\\S+$`),
  );
});

it('addresses has a line per pool and address', async () => {
  const { stdout } = await sallyport('addresses');
  measured(stdout);
  expect(stdout).toMatch(/^POOL +TOTAL +USED +FREE +RANGES\n/);
  expect(stdout).toMatch(new RegExp(`\n${partners} +\\S+ +shop/partners +\\S+ +in use\n`));
});

describe('validate', () => {
  it('says of manifests in the cluster what API server and controller say of them', async () => {
    const good = routeYaml('shop/more', { gateway: 'shop/partners' });
    const bad = routeYaml('shop/bad', { gateway: 'shop/partners', match: '{destinations: [{cidr: 203.0.113.1/24}]}' });
    const foreign = routeYaml('shop/foreign', { gateway: 'shop/nobody' });
    const told = await lab.run(['sallyport', 'validate', '--cluster', '-f', '-'], [good, bad, foreign].join('\n---\n'));
    measured(told.stdout);
    expect(told.status).toBe(1);
    const refused = await lab.run(['kubectl', 'apply', '-f', '-'], bad);
    expect(refused.stderr).toContain('has address bits set behind its prefix length');
    expect(told.stdout).toMatch(/EgressRoute shop\/bad: \S+cidr: has address bits set behind its prefix length/);
    await apply(lab, foreign);
    const { message } = await untilCondition(lab, ['egressroute', 'shop/foreign'], {
      type: 'Accepted',
      status: 'False',
    });
    expect(told.stdout).toContain(`EgressRoute shop/foreign: Accepted False/NoParent: ${message}\n`);
    await lab.kubectl(['delete', 'egressroute', '-n', 'shop', 'foreign']);
    expect(told.stdout).toContain('2 objects judged: 2 errors, ');
  });
});

describe('diff', () => {
  it('foretells who leaves in another way, and whose connections are cut', async () => {
    await apply(lab, gatewayYaml('shop/other'));
    const other = await addressOf(lab, 'shop/other');
    const change = routeYaml('shop/pay', {
      gateway: 'shop/other',
      match: '{podSelector: {matchLabels: {app: pay}}}',
    });
    const told = await lab.run(['sallyport', 'diff', '-f', '-', '-o', 'json'], change);
    expect(told).toMatchObject({ status: 1, stderr: '' });
    const { pods, objects } = JSON.parse(told.stdout) as Preview;
    expect(objects).toEqual([{ object: 'EgressRoute shop/pay', effect: 'changed' }]);
    const [ipv4] = pods.flatMap(({ changes }) => changes).filter(({ destinations }) => destinations[0] === '0.0.0.0/0');
    expect(pods.map((entry) => entry.pods)).toEqual([['pay']]);
    expect(ipv4).toMatchObject({
      before: `${partners} by shop/partners`,
      after: `${other} by shop/other`,
      established: 'end',
    });
    measured((await lab.run(['sallyport', 'diff', '-f', '-'], change)).stdout);
    const probe = lab.probe(['shop/pay'], { tcp: 3, intervalMs: 20, seconds: 6 });
    await sleep(2_000);
    await apply(lab, change);
    const [result] = await probe;
    expect(result?.tcp).toMatchObject({ opened: 3, survived: 0 });
    expect(await sourceOf(lab, 'shop/pay')).toBe(other);
    const after = await lab.run(['sallyport', 'diff', '-f', '-'], change);
    expect(after).toMatchObject({ status: 0, stdout: 'nothing changes\n' });
  });

  it('of what would be deleted', async () => {
    const route = routeYaml('shop/pay', { gateway: 'shop/other' });
    const { stdout, status } = await lab.run(['sallyport', 'diff', '--delete', '-f', '-'], route);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^EgressRoute shop\/pay: deleted\n/);
    expect(stdout).toMatch(/by shop\/other → left alone; established connections are cut/);
  });
});

describe('what cannot be answered is one line on stderr, and status 1', () => {
  it.each([
    [['explain', 'shop/nobody', '--to', outside], 'there is no Pod shop/nobody'],
    [['explain', 'a/b/c', '--to', outside], '"a/b/c" names no Pod'],
    [['explain', 'shop/pay', '--to', 'nowhere.invalid'], 'nowhere.invalid is no address and cannot be resolved here'],
    [['explain', 'shop/pay', '--to', outside, '--why-not', 'shop/nothing'], 'there is no route shop/nothing'],
    [['explain', 'shop/pay', '--to', outside, '--port', '0'], 'expected a port from 1 to 65535'],
    [['addresses', 'nothing'], 'there is no EgressAddressPool nothing'],
    [['status', '--context', 'nothing'], 'no context "nothing"'],
    [['status', '--kubeconfig', '/nowhere'], 'kubeconfig /nowhere does not exist'],
  ])('%j', async (args, message) => {
    const { stdout, stderr, status } = await sallyport(...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('a tenant who may not read is told what', async () => {
    const token = (await lab.kubectl(['create', 'token', '-n', 'shop', 'default'])).trim();
    const config = await lab.kubectl(['config', 'view', '--raw', '--minify', '-o', 'json']);
    const parsed = JSON.parse(config) as { users: unknown[]; contexts: { context: { user: string } }[] };
    const user = parsed.contexts[0]?.context.user ?? '';
    const tenant = JSON.stringify({ ...parsed, users: [{ name: user, user: { token } }] });
    await lab.run(['tee', '/tmp/tenant.json'], tenant);
    const { status, stderr } = await sallyport('status', '--kubeconfig', '/tmp/tenant.json');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^sallyport: .*403 Forbidden.*cannot list resource/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

it('support-bundle is a folder to be read, without tokens', async () => {
  const { stdout, status } = await sallyport('support-bundle', '-d', '/tmp/support');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\d+ files in \/tmp\/support; /);
  const read = async (path: string) => (await lab.run(['cat', `/tmp/support/${path}`])).stdout;
  expect(await read('status.txt')).toContain('shop/partners');
  expect(await read('objects/egressroutes.yaml')).toMatch(/kind: EgressRoute\n/);
  const grep = await lab.run(['grep', '-rlE', 'eyJ[A-Za-z0-9_-]+\\.|managedFields|PRIVATE KEY', '/tmp/support']);
  expect(grep.stdout).toBe('');
});
