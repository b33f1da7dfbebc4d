import { describe, expect, it } from 'vitest';
import { sendFirstPackets } from '../support/first-packets.ts';
import { measured, sourceOf, until, untilSource, useLab } from '../support/lab.ts';
import {
  daemonSetYaml,
  deploymentYaml,
  gatewayYaml,
  namespaceYaml,
  podYaml,
  routeYaml,
} from '../support/lab-manifests.ts';
import { addressOf, apply, readObject, runningPods, untilCondition, untilProgrammed } from '../support/lab-objects.ts';

// What a team does with Sallyport from its first Gateway on; judged by the source addresses that the server outside saw.
const lab = useLab('journey', { nodes: 3 });

const everyPod = '{podSelector: {matchExpressions: [{key: app, operator: In, values: [payments, guest]}]}}';

describe('one identity', () => {
  let address = '';

  it('lets three Pods on three nodes leave with one address, TCP and UDP', async () => {
    await apply(lab, namespaceYaml('shop'), daemonSetYaml('shop/payments'));
    const pods = await runningPods(lab, 'shop', { count: 3 });
    for (const pod of pods) expect(await sourceOf(lab, pod.key)).toBe(pod.nodeAddress);

    await apply(
      lab,
      gatewayYaml('shop/partners'),
      routeYaml('shop/payments', { gateway: 'shop/partners', match: everyPod }),
    );
    address = await addressOf(lab, 'shop/partners');
    expect(address).toMatch(/^192\.0\.2\.1[0-4]\d$/);
    await untilProgrammed(lab, 'egressroute', 'shop/payments');

    await lab.resetSeen();
    for (const pod of pods) {
      expect(await sourceOf(lab, pod.key)).toBe(address);
      expect(await sourceOf(lab, pod.key, { udp: true })).toBe(address);
    }
    expect(Object.keys(await lab.seen())).toEqual([address]);
    expect(await lab.owner('shop/partners')).toMatch(/^node-[123]$/);
  });

  it('says so in the columns of kubectl get', async () => {
    const gateway = await lab.kubectl(['get', 'gateway', '-n', 'shop', 'partners']);
    expect(gateway).toMatch(/^NAME +CLASS +ADDRESS +PROGRAMMED/);
    expect(gateway).toMatch(new RegExp(`partners +egress +${address} +True`));
    const route = await lab.kubectl(['get', 'egressroute', '-n', 'shop', 'payments']);
    expect(route).toMatch(/^NAME +GATEWAY +ACCEPTED +PROGRAMMED +SOURCE/);
    expect(route).toMatch(new RegExp(`payments +partners +True +True +${address}`));
    const { status } = await untilProgrammed(lab, 'egressroute', 'shop/payments');
    // The lab's pool has both families.
    expect(status?.sourceAddresses?.map(({ value }) => value)).toEqual([
      address,
      expect.stringMatching(/^2001:db8:2::/),
    ]);
    expect((await readObject(lab, 'gateway', 'shop/partners'))?.status?.listeners).toMatchObject([
      { attachedRoutes: 1 },
    ]);
    expect(await lab.kubectl(['get', 'gatewayclass', 'egress'])).toMatch(
      /egress +sallyport.dev\/egress-controller +True/,
    );
  });

  it('is proved by the nodes that use it, and says so when a firewall breaks the way', async () => {
    const path = 'sallyport.dev/PathVerified';
    const proved = await untilCondition(lab, ['gateway', 'shop/partners'], { type: path, status: 'True' });
    expect(proved).toMatchObject({ reason: 'PathVerified', message: expect.stringMatching(/node-[123] .*1450 bytes/) });
    const owner = await lab.owner('shop/partners');
    const firewall = (text: string) => lab.run(['lab', 'node', owner ?? '', '--', 'nft', text]);
    for (const text of [
      'add table inet stranger',
      'add chain inet stranger c { type filter hook forward priority 0; }',
      'add rule inet stranger c iifname { "egress0", "egl1" } drop',
    ])
      expect(await firewall(text)).toMatchObject({ status: 0 });
    const wanted = { type: path, status: 'False', reason: 'NoAnswer' } as const;
    const { message } = await untilCondition(lab, ['gateway', 'shop/partners'], wanted);
    expect(message).toMatch(/^node-[123]: no probe for \S+ came back from node-[123]; look there .*FORWARD/);
    await firewall('delete table inet stranger');
    await untilCondition(lab, ['gateway', 'shop/partners'], { type: path, status: 'True' });
    expect(Object.keys(await lab.seen())).toEqual([address]);
  });

  it("says so when a CNI carries Pods' packets past netfilter, by the controller's own Pod", async () => {
    const path = 'sallyport.dev/PathVerified';
    const [controller] = await runningPods(lab, 'sallyport-system', {
      count: 2,
      selector: 'sallyport.dev/beacon=true',
    });
    if (controller === undefined) throw new Error('no controller');
    const run = async (...command: readonly string[]) => {
      const { status, stdout, stderr } = await lab.run(['lab', ...command]);
      expect([status, stderr]).toEqual([0, '']);
      return stdout;
    };
    type Link = { readonly ifindex: number; readonly ifname: string; readonly link_index?: number };
    const [eth0]: readonly Link[] = JSON.parse(
      await run('exec', controller.key, '--', 'ip', '-j', 'link', 'show', 'eth0'),
    );
    const links: readonly Link[] = JSON.parse(await run('node', controller.node, '--', 'ip', '-j', 'link', 'show'));
    const port = links.find(({ ifindex }) => ifindex === eth0?.link_index)?.ifname;
    const nft = (text: string) => run('node', controller.node, '--', 'nft', text);
    await nft('add table netdev past');
    await nft(`add chain netdev past c { type filter hook ingress device "${port}" priority -500; }`);
    await nft('add rule netdev past c ip daddr 192.0.0.8 fwd to "eth0"');
    await nft('add rule netdev past c ip6 daddr 100::8 fwd to "eth0"');
    const wanted = { type: path, status: 'False', reason: 'PodsNotCaught' } as const;
    const { message } = await untilCondition(lab, ['gateway', 'shop/partners'], wanted);
    expect(message).toMatch(new RegExp(`^${controller.node}: .*\\(${controller.address}, .*hostLegacyRouting=true`));
    await nft('delete table netdev past');
    await untilCondition(lab, ['gateway', 'shop/partners'], { type: path, status: 'True' });
  });

  it('leaves Pods alone that no route selects', async () => {
    await apply(lab, podYaml('shop/other', { node: 'node-2' }));
    await runningPods(lab, 'shop', { count: 4 });
    expect(await sourceOf(lab, 'shop/other')).toBe('192.0.2.12');
  });

  it('follows a label that a Pod gains and loses', async () => {
    await lab.kubectl(['label', 'pod', '-n', 'shop', 'other', 'app=guest']);
    await untilSource(lab, 'shop/other', { address });
    await lab.kubectl(['label', 'pod', '-n', 'shop', 'other', 'app-']);
    await untilSource(lab, 'shop/other', { address: '192.0.2.12' });
    await lab.kubectl(['delete', 'pod', '-n', 'shop', 'other']);
  });

  it('is another one for a Gateway in another namespace', async () => {
    await apply(lab, namespaceYaml('bank'), daemonSetYaml('bank/payments'), gatewayYaml('bank/partners'));
    await apply(lab, routeYaml('bank/all', { gateway: 'bank/partners' }));
    const other = await addressOf(lab, 'bank/partners');
    expect(other).not.toBe(address);
    await untilProgrammed(lab, 'egressroute', 'bank/all');
    for (const { key } of await runningPods(lab, 'bank', { count: 3 })) expect(await sourceOf(lab, key)).toBe(other);
    for (const { key } of await runningPods(lab, 'shop', { count: 3 })) expect(await sourceOf(lab, key)).toBe(address);
  });

  it('keeps its address when the controller restarts', async () => {
    await lab.kubectl(['rollout', 'restart', '-n', 'sallyport-system', 'deployment', 'sallyport-controller']);
    await lab.kubectl([
      'rollout',
      'status',
      '-n',
      'sallyport-system',
      'deployment',
      'sallyport-controller',
      '--timeout=60s',
    ]);
    const { resourceVersion } = (await untilProgrammed(lab, 'gateway', 'shop/partners')).metadata;
    // A change of the new controllers' own: they have decided everything again.
    await lab.kubectl(['annotate', 'gateway', '-n', 'shop', 'partners', 'example.com/touched=yes']);
    await apply(lab, gatewayYaml('shop/third'));
    expect(await addressOf(lab, 'shop/third')).not.toBe(address);
    const gateway = await untilProgrammed(lab, 'gateway', 'shop/partners');
    expect(gateway.metadata.resourceVersion).not.toBe(resourceVersion);
    expect(gateway.status?.addresses?.map(({ value }) => value)).toContain(address);
    for (const { key } of await runningPods(lab, 'shop', { count: 3 })) expect(await sourceOf(lab, key)).toBe(address);
  });

  it('keeps its address while the route is deleted and made again', async () => {
    const [pod] = await runningPods(lab, 'shop', { count: 3 });
    if (pod === undefined) throw new Error('no Pod');
    await lab.kubectl(['delete', 'egressroute', '-n', 'shop', 'payments']);
    await untilSource(lab, pod.key, { address: pod.nodeAddress });
    expect(await addressOf(lab, 'shop/partners')).toBe(address);
    await apply(lab, routeYaml('shop/payments', { gateway: 'shop/partners', match: everyPod }));
    await untilProgrammed(lab, 'egressroute', 'shop/payments');
    expect(await addressOf(lab, 'shop/partners')).toBe(address);
    expect(await sourceOf(lab, pod.key)).toBe(address);
  });
});

describe('an address that the Gateway asks for', () => {
  it('is the one that it gets', async () => {
    await apply(lab, namespaceYaml('fixed'), podYaml('fixed/web', { node: 'node-1' }));
    await apply(lab, gatewayYaml('fixed/own', { spec: 'addresses: [{value: 192.0.2.140}]' }));
    await apply(lab, routeYaml('fixed/all', { gateway: 'fixed/own' }));
    expect(await addressOf(lab, 'fixed/own')).toBe('192.0.2.140');
    await untilProgrammed(lab, 'egressroute', 'fixed/all');
    expect(await sourceOf(lab, 'fixed/web')).toBe('192.0.2.140');
  });

  it('is refused to a second Gateway, which names the first', async () => {
    await apply(lab, gatewayYaml('fixed/late', { spec: 'addresses: [{value: 192.0.2.140}]' }));
    const wanted = { type: 'Programmed', status: 'False', reason: 'AddressNotUsable' } as const;
    const { message } = await untilCondition(lab, ['gateway', 'fixed/late'], wanted);
    expect(message).toBe('spec.addresses[0]: 192.0.2.140 is taken by Gateway fixed/own');
    expect(await sourceOf(lab, 'fixed/web')).toBe('192.0.2.140');
  });
});

/** Node, Pod and transit addresses that were seen; a late FIN of an earlier test's Pod has its Gateway's address. */
async function seenOutsideThePool(): Promise<readonly string[]> {
  return Object.keys(await lab.seen()).filter((source) => !/^192\.0\.2\.1[0-4]\d$/.test(source));
}

describe('Pods that come and go', () => {
  let address = '';

  it('leave with the right address from their first packet on', async () => {
    await apply(
      lab,
      namespaceYaml('batch'),
      gatewayYaml('batch/out'),
      routeYaml('batch/all', { gateway: 'batch/out' }),
    );
    address = await addressOf(lab, 'batch/out');
    await untilProgrammed(lab, 'egressroute', 'batch/all');
    await lab.resetSeen();
    const names = ['a', 'b', 'c', 'd'];
    const senders = names.map((name) => sendFirstPackets(lab, `batch/${name}`));
    for (const name of names)
      await lab.kubectl(['run', '-n', 'batch', name, '--image=example.com/job', '--restart=Never']);
    for (const { status, stderr } of await Promise.all(senders)) expect([status, stderr]).toEqual([0, '']);
    const { [address]: right = 0 } = await lab.seen();
    measured(`new Pods: ${800 - right} of 800 first datagrams were held until the Pod was judged`);
    expect(await seenOutsideThePool()).toEqual([]);
    expect(right).toBeGreaterThan(400);
    for (const name of names) expect(await sourceOf(lab, `batch/${name}`)).toBe(address);
  });

  it('have it at every scale', async () => {
    await apply(lab, deploymentYaml('batch/web', 1));
    for (const replicas of [1, 9, 2]) {
      await lab.kubectl(['scale', '-n', 'batch', 'deployment', 'web', `--replicas=${replicas}`]);
      const pods = await runningPods(lab, 'batch', { count: replicas, selector: 'app=web' });
      const sources = await Promise.all(pods.map(({ key }) => sourceOf(lab, key)));
      expect(sources).toEqual(pods.map(() => address));
    }
    expect(await seenOutsideThePool()).toEqual([]);
  });

  it('leave nothing behind for the next Pod with their address', async () => {
    await apply(lab, namespaceYaml('other'), podYaml('batch/first', { node: 'node-3' }));
    const first = (await runningPods(lab, 'batch', { count: 7 })).find(({ key }) => key === 'batch/first');
    expect(await sourceOf(lab, 'batch/first')).toBe(address);
    await lab.kubectl(['delete', 'pod', '-n', 'batch', 'first']);
    await apply(lab, podYaml('other/second', { node: 'node-3' }));
    const [second] = await runningPods(lab, 'other', { count: 1 });
    expect(second?.address).toBe(first?.address);
    expect(await sourceOf(lab, 'other/second')).toBe('192.0.2.13');
    expect(await sourceOf(lab, 'other/second', { udp: true })).toBe('192.0.2.13');
  });

  it('are as before when the Gateway is gone with its route', async () => {
    await lab.kubectl(['delete', 'egressroute,gateway', '-n', 'batch', '--all']);
    const [pod] = await runningPods(lab, 'batch', { count: 2, selector: 'app=web' });
    if (pod === undefined) throw new Error('no Pod');
    await untilSource(lab, pod.key, { address: pod.nodeAddress });
    await until('the address is answered by nobody', async () => {
      const { stdout } = await lab.run(['kubectl', 'get', 'egressplacements', '-o', 'json']);
      return stdout.includes(address) ? undefined : true;
    });
  });
});
