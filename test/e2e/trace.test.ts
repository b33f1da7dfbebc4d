import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Traced } from '../../src/cli/trace.ts';
import { measured, useLab } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, runningPods, untilProgrammed } from '../support/lab-objects.ts';

// `explain --trace` against real packets, through the API server's pods/exec into the agents' containers.
const lab = useLab('trace', { nodes: 3 });
const outside = '198.51.100.10';
const selected = '{podSelector: {matchLabels: {app: pay}}}';

let partners = '';
let owner = '';
let elsewhere = '';
beforeAll(async () => {
  await apply(lab, namespaceYaml('shop'), gatewayYaml('shop/partners'));
  await untilProgrammed(lab, 'gateway', 'shop/partners');
  owner = (await lab.owner('shop/partners')) ?? '';
  elsewhere = ['node-1', 'node-2', 'node-3'].find((node) => node !== owner) ?? '';
  await apply(
    lab,
    podYaml('shop/far', { labels: { app: 'pay' }, node: elsewhere }),
    podYaml('shop/near', { labels: { app: 'pay' }, node: owner }),
    podYaml('shop/web', { labels: { app: 'web' }, node: elsewhere }),
    routeYaml('shop/pay', { gateway: 'shop/partners', match: selected }),
  );
  partners = await addressOf(lab, 'shop/partners');
  await untilProgrammed(lab, 'egressroute', 'shop/pay');
  await runningPods(lab, 'shop', { count: 3 });
});

const explain = (...args: readonly string[]) => lab.run(['sallyport', 'explain', ...args]);

/** Traces while the Pod opens one connection after the other. */
async function trace(pod: string, ...args: readonly string[]) {
  const over = new AbortController();
  const sending = (async () => {
    while (!over.signal.aborted) {
      await lab.whoami(pod, { port: 443, ...(args.includes('UDP') ? { udp: true } : {}) });
      await sleep(200);
    }
  })();
  const said = await explain(pod, '--to', outside, '--port', '443', '--trace', ...args);
  over.abort();
  await sending;
  measured(`${said.stdout}${said.stderr}`);
  return said;
}

const parse = (text: string) => JSON.parse(text) as Traced;
const tables = async () => {
  const all = ['node-1', 'node-2', 'node-3'].map((node) =>
    lab.run(['lab', 'node', node, '--', 'nft', 'list', 'tables']),
  );
  return (await Promise.all(all)).map(({ stdout }) => stdout).join('');
};

describe('as predicted', () => {
  it('both nodes see a new flow, and the last of them the Gateway’s address', async () => {
    const { stdout, stderr, status } = await trace('shop/far', '-o', 'json');
    const { prediction, trace: seen } = parse(stdout);
    expect(prediction).toMatchObject({ outcome: 'leaves', source: partners });
    expect(seen).toMatchObject({ asPredicted: true, differences: [] });
    expect(seen.hops).toMatchObject([
      { hop: 'pod', node: elsewhere, ending: 'left', device: 'egress0', gateway: 'shop/partners' },
      { hop: 'gateway', node: owner, ending: 'left', device: 'eth0', source: partners, gateway: 'shop/partners' },
    ]);
    expect(stderr).toContain(`looking on ${elsewhere} and ${owner} for 30 s: send something from shop/far`);
    expect(status).toBe(0);
    expect(await tables()).not.toContain('sallyport_trace');
  });

  it('of a flow that lasts, which meets other chains', async () => {
    const probe = lab.probe(['shop/far'], { tcp: 1, intervalMs: 50, seconds: 8 });
    await sleep(1_500);
    const { stdout, status } = await explain('shop/far', '--to', outside, '--port', '8080', '--trace', '-o', 'json');
    expect(parse(stdout).trace).toMatchObject({ asPredicted: true, hops: [{}, { source: partners }] });
    expect(parse(stdout).trace.hops[0]?.rules.some(({ chain }) => chain.startsWith('keep_'))).toBe(true);
    expect(status).toBe(0);
    const [result] = await probe;
    expect(result?.tcp).toMatchObject({ opened: 1, survived: 1 });
  });

  it('of a Pod on the owner itself, by UDP', async () => {
    const { stdout, status } = await trace('shop/near', '--protocol', 'UDP');
    expect(stdout).toContain(`${owner}: came out of the tunnel by egl1 as`);
    expect(stdout).toContain(`left by eth0 as ${partners}`);
    expect(stdout).toMatch(/\nas predicted\n$/);
    expect(status).toBe(0);
  });

  it('of a Pod that is left alone', async () => {
    const { stdout, status } = await trace('shop/web', '-o', 'json');
    expect(parse(stdout).trace.hops).toMatchObject([{ node: elsewhere, ending: 'left', device: 'eth0' }]);
    expect(status).toBe(0);
  });

  it('of one that is refused, for its Gateway has no address yet', async () => {
    await apply(
      lab,
      gatewayYaml('shop/none', { spec: 'addresses: [{type: IPAddress, value: 203.0.113.250}]' }),
      routeYaml('shop/web', { gateway: 'shop/none', match: '{podSelector: {matchLabels: {app: web}}}' }),
    );
    await sleep(2_000);
    const { stdout, status } = await trace('shop/web');
    expect(stdout).toContain('is dropped: nothing of it leaves');
    expect(stdout).toMatch(
      /was dropped by inet sallyport refuse \(counter name "refused" drop\): its Gateway has no address/,
    );
    expect(status).toBe(0);
    await lab.kubectl(['delete', 'egressroute', '-n', 'shop', 'web']);
  });
});

describe('not as predicted', () => {
  it('names the rule of somebody else that drops it on the owner', async () => {
    const foreign =
      'table inet somebody { chain out { type filter hook forward priority 5; ip daddr 198.51.100.10 tcp dport 443 drop; }; }';
    await lab.run(['lab', 'node', owner, '--', 'nft', '-f', '-'], foreign);
    const { stdout, status } = await trace('shop/far', '-o', 'json');
    await lab.run(['lab', 'node', owner, '--', 'nft', 'delete', 'table', 'inet', 'somebody']);
    const { hops, differences, asPredicted } = parse(stdout).trace;
    expect(hops[1]).toMatchObject({ ending: 'dropped', droppedBy: { table: 'inet somebody', chain: 'out' } });
    expect(asPredicted).toBe(false);
    expect(differences).toEqual([
      `it was to leave as ${partners} by Gateway shop/partners; on ${owner} it was dropped by inet somebody out`,
    ]);
    expect(status).toBe(1);
  });
});

describe('what cannot be traced is one line, and status 1', () => {
  it('a Pod that sends nothing', async () => {
    const { stdout, stderr, status } = await explain('shop/far', '--to', outside, '--trace', '--timeout', '1');
    expect([stdout, status]).toEqual(['', 1]);
    expect(stderr).toMatch(/sallyport: --trace: shop\/far sent nothing to 198\.51\.100\.10 TCP within 1 s/);
    expect(await tables()).not.toContain('sallyport_trace');
  });

  it('a user who may read, but not run commands in agents', async () => {
    const rule = ['--clusterrole=view-all', '--serviceaccount=shop:default'];
    await lab.kubectl(['create', 'clusterrole', 'view-all', '--verb=get,list', '--resource=*.*']);
    await lab.kubectl(['create', 'clusterrolebinding', 'view-all', ...rule]);
    const token = (await lab.kubectl(['create', 'token', '-n', 'shop', 'default'])).trim();
    const config = JSON.parse(await lab.kubectl(['config', 'view', '--raw', '--minify', '-o', 'json']));
    const tenant = { ...config, users: [{ name: config.contexts[0].context.user, user: { token } }] };
    await lab.run(['tee', '/tmp/trace-tenant.json'], JSON.stringify(tenant));
    const { stderr, status } = await explain(
      'shop/far',
      '--to',
      outside,
      '--trace',
      '--kubeconfig',
      '/tmp/trace-tenant.json',
    );
    measured(stderr);
    expect(status).toBe(1);
    expect(stderr).toMatch(/one needs the verbs get and create on pods\/exec in namespace sallyport-system/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('Ctrl-C leaves nothing behind', async () => {
    const { status } = await lab.run([
      ...[
        'timeout',
        '--signal=INT',
        '4',
        'sallyport',
        'explain',
        'shop/far',
        '--to',
        outside,
        '--port',
        '7',
        '--trace',
      ],
    ]);
    expect(status).not.toBe(0);
    await sleep(1_000);
    expect(await tables()).not.toContain('sallyport_trace');
  });
});
