import { beforeAll, describe, expect, it } from 'vitest';
import { until, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import {
  apply,
  type LabPod,
  readObject,
  runningPods,
  untilCondition,
  untilProgrammed,
} from '../support/lab-objects.ts';

// Both families and what is neither TCP nor UDP, from Pods beside the owner and elsewhere, before and after a crash; beside a CNI that
// routes and does not masquerade.
const lab = useLab('families', { nodes: 3, cni: 'routed' });

const gateway = 'shop/partners';
const servers = { IPv4: '198.51.100.10', IPv6: '2001:db8:51::10' } as const;
const families = ['IPv4', 'IPv6'] as const;
type Family = (typeof families)[number];
let pods: readonly LabPod[] = [];
let addresses: Readonly<Record<Family, string>> = { IPv4: '', IPv6: '' };

beforeAll(async () => {
  await apply(lab, namespaceYaml('shop'), daemonSetYaml('shop/payments'), gatewayYaml(gateway));
  await apply(lab, routeYaml('shop/all', { gateway }));
  await untilProgrammed(lab, 'egressroute', 'shop/all');
  pods = await runningPods(lab, 'shop', { count: 3 });
  const status = (await readObject(lab, 'gateway', gateway))?.status as { addresses: { value: string }[] };
  const values = status.addresses.map(({ value }) => value);
  addresses = {
    IPv4: values.find((value) => !value.includes(':')) ?? '',
    IPv6: values.find((value) => value.includes(':')) ?? '',
  };
  // Who is owner must have somebody who takes over.
  await untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });
});

/** What the outside sees of the Pods by TCP and UDP. */
async function sources(family: Family, of: readonly LabPod[] = pods): Promise<readonly (string | null)[]> {
  const ways = of.flatMap(({ key }) => [false, true].map((udp) => ({ key, udp })));
  return await Promise.all(ways.map(({ key, udp }) => lab.whoami(key, { udp, ipv6: family === 'IPv6' })));
}

async function echo(pod: LabPod, family: Family, ...options: readonly string[]): Promise<string> {
  const flags = ['-c', '3', '-i', '0.2', '-W', '2', ...options];
  const { stdout, stderr } = await lab.run([
    ...['lab', 'exec', pod.key, '--', 'ping', family === 'IPv6' ? '-6' : '-4'],
    ...[...flags, servers[family]],
  ]);
  return stdout + stderr;
}

describe.each(families)('%s', (family) => {
  it('leaves with the address of its family, TCP and UDP', async () => {
    expect(await sources(family)).toEqual(pods.flatMap(() => [addresses[family], addresses[family]]));
  });

  it('ICMP echo is answered, and nothing but the address is seen', async () => {
    await lab.resetSeen();
    for (const pod of pods) expect(await echo(pod, family)).toContain('3 received');
    expect(Object.keys(await lab.seen())).toEqual([addresses[family]]);
  });

  it('fragments arrive, and what must not be fragmented is told the size of the way', async () => {
    for (const pod of pods) {
      // The first may be what the Pod learns the size by, the second what the server does (RFC 8201).
      expect(await echo(pod, family, '-c', '4', '-s', '3000')).toMatch(/[234] received/);
      expect(await echo(pod, family, '-s', '1440', '-M', 'do')).toMatch(/mtu ?[:=] ?14\d\d/i);
    }
  });
});

it('both families move together when the owner crashes', async () => {
  const owner = await until('one node answers', async () => (await lab.owner(gateway)) ?? undefined);
  const others = pods.filter(({ node }) => node !== owner);
  await lab.fault('crash', owner);
  for (const family of families) {
    await until(`${family} goes out again`, async () => {
      const seen = await sources(family, others);
      const heard = seen.filter((source) => source !== null);
      expect(heard).toEqual(heard.map(() => addresses[family]));
      return heard.length === seen.length ? true : undefined;
    });
  }
  await lab.fault('heal', owner);
});
