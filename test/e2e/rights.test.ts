import { beforeAll, describe, expect, it } from 'vitest';
import { sourceOf, until, useLab } from '../support/lab.ts';
import { clusterRouteYaml, gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import {
  addressOf,
  apply,
  type LabObject,
  listObjects,
  named,
  runningPods,
  untilProgrammed,
} from '../support/lab-objects.ts';

// config/rbac as it is shipped, asked with the tokens that the processes themselves have.
const lab = useLab('rights', { nodes: 2 });

const system = 'sallyport-system';
const tokens = { agent: '', unboundAgent: '', controller: '', failover: '', tenant: '', viewer: '' };
type Who = keyof typeof tokens | 'cluster-admin';

/** Runs kubectl as somebody: its stderr when it is refused, `allowed` when not. */
async function as(who: Who, args: readonly string[], input?: string): Promise<string> {
  const token = who === 'cluster-admin' ? [] : ['--token', tokens[who]];
  const { status, stderr } = await lab.run(['kubectl', ...token, ...args], input);
  return status === 0 ? 'allowed' : stderr.trim();
}

const create = (who: Who, manifest: string) => as(who, ['create', '--dry-run=server', '-f', '-'], manifest);
const touch = (who: Who, kind: string, key: string, ...more: readonly string[]) =>
  as(who, [
    'patch',
    ...named(kind, key),
    '--type=merge',
    '-p',
    '{"metadata":{"annotations":{"example.com/touched":"x"}}}',
    ...more,
  ]);

async function createToken(account: string, namespace: string, pod?: string): Promise<string> {
  const bound = pod === undefined ? [] : ['--bound-object-kind', 'Pod', '--bound-object-name', pod];
  return (await lab.kubectl(['create', 'token', account, '-n', namespace, ...bound])).trim();
}

async function createMember(account: string, role: string): Promise<string> {
  await lab.kubectl(['create', 'serviceaccount', '-n', 'team', account]);
  const subject = `--serviceaccount=team:${account}`;
  await lab.kubectl(['create', 'rolebinding', '-n', 'team', account, `--clusterrole=${role}`, subject]);
  return createToken(account, 'team');
}

const forbidden = /Forbidden|forbidden/;
const controllerOnly =
  'only the Sallyport controller writes this object; change the Gateway, the EgressRoute or the EgressClass instead';

const forgeries: readonly (readonly [string, string])[] = [
  [
    'EgressPlacement',
    `spec: {gateway: {namespace: team, name: out, uid: x}, network: default, candidates: [], identities: []}`,
  ],
  ['EgressRuleSet', `spec: {gateway: {namespace: team, name: out, uid: x}, digest: x, rules: []}`],
  ['EgressAddressClaim', `spec: {address: 192.0.2.149}`],
  ['EgressNode', `spec: {}`],
];

beforeAll(async () => {
  await apply(lab, namespaceYaml('team'), gatewayYaml('team/out'), routeYaml('team/all', { gateway: 'team/out' }));
  await apply(lab, podYaml('team/web', { node: 'node-1' }));
  await addressOf(lab, 'team/out');
  await untilProgrammed(lab, 'egressroute', 'team/all');
  const pods = await runningPods(lab, system, { count: 2, selector: 'app.kubernetes.io/component=agent' });
  const agent = pods.find(({ node }) => node === 'node-1')?.key.split('/')[1] ?? '';
  tokens.agent = await createToken('sallyport-agent', system, agent);
  tokens.unboundAgent = await createToken('sallyport-agent', system);
  tokens.controller = await createToken('sallyport-controller', system);
  tokens.failover = await createToken('sallyport-failover', system);
  tokens.tenant = await createMember('admin', 'admin');
  tokens.viewer = await createMember('viewer', 'view');
  await until('the policies are in force', async () => {
    const answers = [
      await touch('cluster-admin', 'egressnode', 'node-1', '--dry-run=server'),
      await touch('cluster-admin', 'egressnodereport', 'node-1', '--dry-run=server'),
      await touch('unboundAgent', 'lease', `${system}/sallyport-agent-node-1`, '--dry-run=server'),
    ];
    return answers.every((answer) => answer.includes('ValidatingAdmissionPolicy')) ? true : undefined;
  });
  await until('the tenant roles are aggregated', async () =>
    (await as('tenant', ['get', 'egressroutes', '-n', 'team'])) === 'allowed' ? true : undefined,
  );
});

describe("an agent's token", () => {
  it("writes its own node's report and no other", async () => {
    const message = 'an EgressNodeReport is written only by the agent of the node that it is named after';
    expect(await touch('agent', 'egressnodereport', 'node-1', '--dry-run=server')).toBe('allowed');
    expect(await touch('agent', 'egressnodereport', 'node-2')).toContain(message);
    const report = 'apiVersion: sallyport.dev/v1alpha1\nkind: EgressNodeReport\nmetadata: {name: node-9}';
    expect(await create('agent', report)).toContain(message);
    expect(await touch('unboundAgent', 'egressnodereport', 'node-1')).toContain(message);
    expect(await touch('cluster-admin', 'egressnodereport', 'node-1')).toContain(message);
  });

  it("writes its own node's Lease and no other, least of all the controller's", async () => {
    const message = 'an agent writes only the Lease of its own node';
    expect(await touch('agent', 'lease', `${system}/sallyport-agent-node-1`, '--dry-run=server')).toBe('allowed');
    for (const name of ['sallyport-agent-node-2', 'sallyport-controller'])
      expect(await touch('agent', 'lease', `${system}/${name}`)).toContain(message);
    expect(await as('agent', ['get', 'lease', '-n', 'kube-system', 'kube-scheduler'])).toMatch(forbidden);
  });

  it.each(['secrets', 'configmaps', 'gateways', 'egressroutes', 'clusteregressroutes', 'egressaddressclaims', 'nodes'])(
    'cannot read %s',
    async (resource) => {
      expect(await as('agent', ['get', resource, '-A'])).toMatch(forbidden);
      expect(await as('agent', ['get', resource, '-n', system])).toMatch(forbidden);
    },
  );

  it('writes nothing that other agents trust, and no Pods', async () => {
    const objects = await listObjects(
      lab,
      'egressplacements,egressrulesets,egressaddressclaims,egressnodes,egressclusters',
    );
    expect(new Set(objects.map(({ kind }) => kind)).size).toBe(5);
    for (const { kind, metadata } of objects) {
      expect(await touch('agent', kind, metadata.name)).toMatch(forbidden);
      expect(await as('agent', ['delete', kind, metadata.name, '--wait=false'])).toMatch(forbidden);
    }
    expect(await touch('agent', 'pod', 'team/web')).toMatch(forbidden);
    expect(await as('agent', ['delete', 'egressnodereport', 'node-1', '--wait=false'])).toMatch(forbidden);
  });
});

describe("the controller's and the failover process's tokens", () => {
  it.each(['secrets', 'pods', 'configmaps', 'services'])('the controller cannot read %s', async (resource) => {
    expect(await as('controller', ['get', resource, '-A'])).toMatch(forbidden);
    expect(await as('controller', ['get', resource, '-n', system])).toMatch(forbidden);
  });

  it('the controller decides, and changes nothing of what users write', async () => {
    expect(await touch('controller', 'egressnode', 'node-1', '--dry-run=server')).toBe('allowed');
    for (const [kind, key] of [
      ['gateway', 'team/out'],
      ['egressroute', 'team/all'],
      ['egressnodereport', 'node-1'],
    ] as const)
      expect(await touch('controller', kind, key)).toMatch(forbidden);
    expect(await create('controller', routeYaml('team/more', { gateway: 'team/out' }))).toMatch(forbidden);
  });

  it('the controller opens a new node, and changes nothing else of Nodes', async () => {
    const change = (...args: readonly string[]) => as('controller', ['patch', 'node', 'node-1', ...args]);
    for (const patch of [
      { metadata: { annotations: { 'example.com/x': 'x' } } },
      { metadata: { labels: { 'example.com/x': 'x' } } },
      { metadata: { finalizers: ['example.com/x'] } },
      { spec: { unschedulable: true } },
      { spec: { taints: [{ key: 'example.com/x', effect: 'NoExecute' }] } },
      { spec: { taints: [{ key: 'sallyport.dev/agent-not-ready', effect: 'NoExecute' }] } },
    ])
      expect(await change('--type=merge', '-p', JSON.stringify(patch))).toContain('changes nothing but the taint');
    expect(await change('--subresource=status', '--type=merge', '-p', '{"status":{"phase":"x"}}')).toMatch(forbidden);
    expect(await as('controller', ['delete', 'node', 'node-1', '--dry-run=server'])).toMatch(forbidden);
    const theirs = 'example.com/theirs';
    await lab.kubectl([
      'taint',
      'node',
      'node-1',
      `${theirs}:PreferNoSchedule`,
      'sallyport.dev/agent-not-ready:NoSchedule',
    ]);
    await until('the taint is gone, and no other', async () => {
      const keys = await lab.kubectl(['get', 'node', 'node-1', '-o', 'jsonpath={.spec.taints[*].key}']);
      return keys.trim() === theirs || undefined;
    });
    expect(await change('--type=merge', '-p', '{"spec":{"taints":null}}')).toContain('changes nothing but the taint');
    await lab.kubectl(['taint', 'node', 'node-1', `${theirs}-`]);
  });

  it('the failover process may do nothing', async () => {
    for (const resource of ['egressplacements', 'egressnodes', 'pods', 'secrets', 'leases'])
      expect(await as('failover', ['get', resource, '-n', system])).toMatch(forbidden);
  });
});

describe('the admin of a namespace', () => {
  const parameters = (namespace: string) =>
    `apiVersion: sallyport.dev/v1alpha1\nkind: EgressGatewayParameters\nmetadata: {namespace: ${namespace}, name: p}\nspec: {}`;

  it('writes routes and parameters there and nowhere else', async () => {
    expect(await create('tenant', routeYaml('team/more', { gateway: 'team/out' }))).toBe('allowed');
    expect(await create('tenant', parameters('team'))).toBe('allowed');
    expect(await create('tenant', routeYaml('default/more', { gateway: 'team/out' }))).toMatch(forbidden);
    expect(await create('tenant', parameters('default'))).toMatch(forbidden);
    expect(await create('tenant', clusterRouteYaml('more', { gateway: 'team/out' }))).toMatch(forbidden);
    expect(await as('viewer', ['get', 'egressroutes', '-n', 'team'])).toBe('allowed');
    expect(await create('viewer', routeYaml('team/more', { gateway: 'team/out' }))).toMatch(forbidden);
  });

  it.each(forgeries)('cannot write an %s', async (kind, spec) => {
    expect(await create('tenant', forgery(kind, spec))).toMatch(forbidden);
  });

  it('cannot write what the platform team offers', async () => {
    for (const [kind, key] of [
      ['egressclass', 'egress'],
      ['egressaddresspool', 'lab'],
      ['egresscluster', 'default'],
    ] as const)
      expect(await touch('tenant', kind, key)).toMatch(forbidden);
  });
});

const forgery = (kind: string, spec: string) =>
  `apiVersion: sallyport.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: forged}\n${spec}`;

/** Another object of the same kind that the CRD's own rules would let through. */
function forgedFrom({ apiVersion, kind, metadata, spec }: LabObject): string {
  const names: Readonly<Record<string, string>> = {
    EgressRuleSet: metadata.name.replace(/\d+$/, '9'),
    EgressAddressClaim: '192.0.2.149',
  };
  const changes: Readonly<Record<string, object>> = {
    EgressRuleSet: { shard: 9 },
    EgressAddressClaim: { address: '192.0.2.149' },
  };
  const name = names[kind] ?? 'forged';
  return JSON.stringify({ apiVersion, kind, metadata: { name }, spec: { ...spec, ...changes[kind] } });
}

describe('a cluster-admin', () => {
  it('cannot forge or change what agents trust', async () => {
    const objects = await listObjects(lab, 'egressplacements,egressrulesets,egressaddressclaims,egressnodes');
    expect(new Set(objects.map(({ kind }) => kind)).size).toBe(4);
    for (const object of objects) {
      expect(await touch('cluster-admin', object.kind, object.metadata.name)).toContain(controllerOnly);
      expect(await create('cluster-admin', forgedFrom(object))).toContain(controllerOnly);
    }
    for (const kind of ['egressclusters', 'egressplacements']) {
      const name = (await listObjects(lab, kind))[0]?.metadata.name ?? '';
      const patch = ['--subresource=status', '--type=merge', '-p', '{"status":{"conditions":[]}}'];
      expect(await as('cluster-admin', ['patch', kind, name, ...patch])).toContain(controllerOnly);
    }
  });

  it('can delete them: they come back, and so does the traffic', async () => {
    const address = await addressOf(lab, 'team/out');
    expect(await sourceOf(lab, 'team/web')).toBe(address);
    await lab.kubectl(['delete', 'egressplacements,egressrulesets', '--all']);
    await until('both are back', async () =>
      (await listObjects(lab, 'egressplacements,egressrulesets')).length === 2 ? true : undefined,
    );
    expect(await addressOf(lab, 'team/out')).toBe(address);
    await until('the Pod leaves again', async () => ((await lab.whoami('team/web')) === address ? true : undefined));
  });
});
