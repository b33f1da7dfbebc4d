import { describe, expect, it } from 'vitest';
import { measured, sourceOf, until, useLab } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import {
  addressOf,
  apply,
  conditionsOf,
  eventsOf,
  readObject,
  runningPods,
  untilCondition,
  untilProgrammed,
} from '../support/lab-objects.ts';

// What a Gateway's addresses go through: shared out over nodes, stolen on the wire, given up, had again.
const lab = useLab('addresses', { nodes: 3 });

interface Claim {
  readonly spec: {
    readonly holder: { readonly name: string; readonly uid: string };
    readonly quarantinedUntil?: string;
  };
}
const claimOf = async (address: string) =>
  (await readObject(lab, 'egressaddressclaim', address)) as unknown as Claim | undefined;
const placements = async () => await lab.kubectl(['get', 'egressplacements', '-o', 'json']);

async function addIdentity(namespace: string, gateway = 'out'): Promise<string> {
  await apply(lab, namespaceYaml(namespace), podYaml(`${namespace}/web`), gatewayYaml(`${namespace}/${gateway}`));
  await apply(lab, routeYaml(`${namespace}/all`, { gateway: `${namespace}/${gateway}` }));
  await untilProgrammed(lab, 'egressroute', `${namespace}/all`);
  await runningPods(lab, namespace, { count: 1 });
  return addressOf(lab, `${namespace}/${gateway}`);
}

describe('three Gateways of one class', () => {
  it('are in three failover groups, each with its own first candidate, and the pool says who has what', async () => {
    const addresses = [await addIdentity('one'), await addIdentity('two'), await addIdentity('three')];
    const items: readonly { spec: { group: number; candidates: readonly { node: string }[] } }[] = JSON.parse(
      await placements(),
    ).items;
    expect(new Set(items.map(({ spec }) => spec.group)).size).toBe(3);
    expect(new Set(items.map(({ spec }) => spec.candidates[0]?.node)).size).toBe(3);
    for (const name of ['one', 'two', 'three']) {
      expect(await sourceOf(lab, `${name}/web`)).toBe(addresses[['one', 'two', 'three'].indexOf(name)]);
    }
    const pool = (await readObject(lab, 'egressaddresspool', 'lab'))?.status as unknown as {
      readonly usedBy: readonly { readonly address: string; readonly namespace: string }[];
    };
    const [ipv4, ipv6] = [false, true].map((isIpv6) =>
      pool.usedBy.filter(({ address }) => address.includes(':') === isIpv6),
    );
    expect(ipv4?.map(({ address, namespace }) => `${address} ${namespace}`)).toEqual([
      `${addresses[0]} one`,
      `${addresses[1]} two`,
      `${addresses[2]} three`,
    ]);
    expect(ipv6?.map(({ namespace }) => namespace)).toEqual(['one', 'two', 'three']);
  });
});

describe('an address that another host takes', () => {
  it('is a conflict that names the host, until it is given back', async () => {
    const address = await addressOf(lab, 'one/out');
    await untilCondition(lab, ['gateway', 'one/out'], { type: 'sallyport.dev/Degraded', status: 'False' });
    const since = performance.now();
    await lab.fault('thief', address);
    const wanted = { type: 'sallyport.dev/AddressConflict', status: 'True', reason: 'AddressConflict' } as const;
    const { message } = await untilCondition(lab, ['gateway', 'one/out'], wanted);
    measured(`an address is stolen: known after ${Math.round((performance.now() - since) / 1000)} s`);
    expect(message).toMatch(new RegExp(`^${address} is also answered by 0a:04:[0-9a-f:]+, as node-[123] heard`));
    await until('there is an Event about it', async () => {
      return (await eventsOf(lab, 'Gateway', 'one/out')).find(({ reason }) => reason === 'AddressConflict');
    });
    await lab.fault('heal', 'thief');
    await until('the conflict is over', async () => {
      const conditions = conditionsOf(await readObject(lab, 'gateway', 'one/out'));
      return conditions.length > 0 && conditions.every(({ type }) => type !== wanted.type) ? true : undefined;
    });
    await untilProgrammed(lab, 'gateway', 'one/out');
  });
});

describe('an address that another host has already', () => {
  it('is not claimed, which the Gateway says, and is when nobody has it any more', async () => {
    const address = '192.0.2.149';
    await lab.fault('thief', address);
    await lab.resetSeen();
    await apply(lab, namespaceYaml('late'), podYaml('late/web'));
    await apply(lab, gatewayYaml('late/out', { spec: `addresses: [{type: IPAddress, value: ${address}}]` }));
    await apply(lab, routeYaml('late/all', { gateway: 'late/out' }));
    const conflict = { type: 'sallyport.dev/AddressConflict', status: 'True', reason: 'AddressConflict' } as const;
    const { message } = await untilCondition(lab, ['gateway', 'late/out'], conflict);
    expect(message).toMatch(
      new RegExp(`^${address} is held by 0a:04:[0-9a-f:]+, as node-[123] heard before claiming it`),
    );
    await untilCondition(lab, ['gateway', 'late/out'], {
      type: 'Programmed',
      status: 'False',
      reason: 'AddressNotUsable',
    });
    await runningPods(lab, 'late', { count: 1 });
    expect(await lab.whoami('late/web')).not.toBe(address);
    for (const node of ['node-1', 'node-2', 'node-3']) {
      const { stdout } = await lab.run(['lab', 'node', node, '--', 'ip', 'addr']);
      expect(stdout).not.toContain(address);
    }
    expect(Object.keys(await lab.seen())).not.toContain(address);
    const since = performance.now();
    await lab.fault('heal', 'thief');
    await untilProgrammed(lab, 'egressroute', 'late/all');
    measured(
      `the other host is gone: the address is claimed after ${Math.round((performance.now() - since) / 1000)} s`,
    );
    expect(await sourceOf(lab, 'late/web')).toBe(address);
  });
});

describe('a Gateway that is deleted', () => {
  it('ends its flows, and its address rests until the data plane let go', async () => {
    const address = await addressOf(lab, 'two/out');
    const probe = lab.probe(['two/web'], { tcp: 5, intervalMs: 20, seconds: 8 });
    await until('its flows are seen', async () => (((await lab.seen())[address] ?? 0) > 10 ? true : undefined));
    await lab.kubectl(['delete', 'egressroute,gateway', '-n', 'two', '--all']);
    await until('the address rests', async () => (await claimOf(address))?.spec.quarantinedUntil);
    await until('no placement has it', async () => ((await placements()).includes(address) ? undefined : true));
    await until('no node has it', async () => {
      const { stdout } = await lab.run(['lab', 'node', 'node-1', '--', 'ip', 'addr']);
      return stdout.includes(address) ? undefined : true;
    });
    await lab.resetSeen();
    const [result] = await probe;
    expect(result?.tcp).toMatchObject({ opened: 5, survived: 0 });
    expect(Object.keys(await lab.seen())).not.toContain(address);
  });

  it('has its address again when it is made again, and nobody else had it meanwhile', async () => {
    const before = JSON.parse(await lab.kubectl(['get', 'epool', 'lab', '-o', 'json'])).status.usedBy;
    const address: string = before.find(({ namespace }: { namespace: string }) => namespace === 'two')?.address;
    await apply(lab, gatewayYaml('one/more'));
    await apply(lab, gatewayYaml('two/out'), routeYaml('two/all', { gateway: 'two/out' }));
    expect(await addressOf(lab, 'two/out')).toBe(address);
    expect(await addressOf(lab, 'one/more')).not.toBe(address);
    await untilProgrammed(lab, 'egressroute', 'two/all');
    expect(await sourceOf(lab, 'two/web')).toBe(address);
  });

  it('goes with its namespace, which never waits for us', async () => {
    const parameters = `
apiVersion: sallyport.dev/v1alpha1
kind: EgressGatewayParameters
metadata: {namespace: three, name: own}
spec: {failover: {preempt: false}}`;
    await apply(lab, parameters);
    const address = await addressOf(lab, 'three/out');
    const since = performance.now();
    await lab.kubectl(['delete', 'namespace', 'three', '--timeout=60s']);
    measured(`a namespace with a Gateway is deleted after ${Math.round(performance.now() - since)} ms`);
    await until('no placement is left of it', async () => ((await placements()).includes(address) ? undefined : true));
    expect((await claimOf(address))?.spec.quarantinedUntil).toBeDefined();
  });
});
