import { describe, expect, it } from 'vitest';
import type { CriMode } from '../../hack/lab/cri-server.ts';
import { measured, sourceOf, type TestLab, until, untilSource, useLab } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, runningPods, untilProgrammed } from '../support/lab-objects.ts';

// Addresses of Pods that are used again at once by Pods of somebody else; judged by what the server outside saw.
const pods = 20;
// Whether an address is free in time for the next Pod is luck: as many rounds as it takes.
const mostRounds = 8;
const numbers = Array.from({ length: pods }, (_, n) => n);

// As soon as the Pod has a network: a datagram every 50 ms for two seconds, each a flow of its own; and others of one flow, from
// a port that is the same in every Pod, so that whatever is left of a flow of the address's last holder is met.
const oneFlow = `const socket = require('node:dgram').createSocket('udp4');
socket.bind(5555, () => setInterval(() => socket.send('x', 8080, '198.51.100.10'), 50));
setTimeout(() => process.exit(), 1500);`;
const sender = `until [ -e "/run/lab/pods/$1" ]; do sleep 0.02; done
lab exec "$1" -- node -e "$2" &
lab exec "$1" -- bash -c 'for i in {1..40}; do echo x > /dev/udp/198.51.100.10/8080; sleep 0.05; done'
wait`;

async function send(lab: TestLab, pod: string): Promise<void> {
  const { status, stderr } = await lab.run(['bash', '-c', sender, 'sender', pod, oneFlow]);
  if (status !== 0) throw new Error(`${pod}: ${stderr}`);
}

const readMetrics = `fetch('http://127.0.0.1:8481/metrics').then((answer) => answer.text()).then(console.log)`;

/** Cuts the node's agent off from the API server, or lets it at it again. */
async function setBlind(lab: TestLab, node: string, isBlind: boolean): Promise<void> {
  const commands = isBlind
    ? 'add table inet blind; add chain inet blind output { type filter hook output priority 0; }; add rule inet blind output tcp dport 6443 drop'
    : 'delete table inet blind';
  const { status, stderr } = await lab.run(['lab', 'node', node, '--', 'nft', commands]);
  if (status !== 0) throw new Error(stderr);
}

const modes: readonly CriMode[] = ['events', 'list'];

describe.each(modes)('a Pod address, with a container runtime that offers %s', (cri) => {
  const lab = useLab(`pod-addresses-${cri}`, { nodes: 2, cri });
  let address = '';

  it('is forgotten when its sandbox stops, whatever the API says or does not', async () => {
    await apply(
      lab,
      namespaceYaml('tenant'),
      gatewayYaml('tenant/out'),
      routeYaml('tenant/all', { gateway: 'tenant/out' }),
    );
    address = await addressOf(lab, 'tenant/out');
    await untilProgrammed(lab, 'egressroute', 'tenant/all');
    await apply(lab, namespaceYaml('other'), ...numbers.map((n) => podYaml(`tenant/old-${n}`, { node: 'node-2' })));
    const old = await runningPods(lab, 'tenant', { count: pods });
    for (const source of await Promise.all(old.map(({ key }) => sourceOf(lab, key)))) expect(source).toBe(address);
    await Promise.all(old.map(({ key }) => send(lab, key)));

    await setBlind(lab, 'node-2', true);
    await lab.kubectl(['delete', 'pod', '-n', 'tenant', '--all', '--grace-period=0', '--force']);
    await until('the sandboxes are gone', async () => {
      const { stdout } = await lab.run(['ls', '/run/lab/pods/tenant']);
      return stdout === '' ? true : undefined;
    });
    await lab.resetSeen();
    const senders = numbers.map((n) => send(lab, `other/new-${n}`));
    await apply(lab, ...numbers.map((n) => podYaml(`other/new-${n}`, { node: 'node-2' })));
    await Promise.all(senders);
    const young = await runningPods(lab, 'other', { count: pods });
    expect(new Set(young.map((pod) => pod.address))).toEqual(new Set(old.map((pod) => pod.address)));
    // The agent cannot know whose they are: nothing may leave, least of all with the address of the last holder.
    expect(await lab.seen()).toEqual({});

    await setBlind(lab, 'node-2', false);
    await Promise.all(young.map(({ key }) => untilSource(lab, key, { address: '192.0.2.12' })));
    expect(Object.keys(await lab.seen())).toEqual(['192.0.2.12']);
    measured(`${cri}: ${pods} addresses of one tenant given to another while the agent saw no API: 0 packets`);
  });

  it('is forgotten before the next Pod can send, when it is given out the moment it is free', async () => {
    let again = 0;
    let rounds = 0;
    for (; rounds < mostRounds && again === 0; rounds++) {
      await lab.kubectl(['delete', 'pod', '-n', 'other', '--all', '--grace-period=0', '--force']);
      await apply(lab, ...numbers.map((n) => podYaml(`tenant/old-${n}`, { node: 'node-2' })));
      const old = await runningPods(lab, 'tenant', { count: pods });
      await Promise.all(old.map(({ key }) => untilSource(lab, key, { address })));
      await lab.resetSeen();
      const senders = numbers.map((n) => send(lab, `other/new-${n}`));
      await Promise.all([
        apply(lab, ...numbers.map((n) => podYaml(`other/new-${n}`, { node: 'node-2' }))),
        lab.kubectl(['delete', 'pod', '-n', 'tenant', '--all', '--grace-period=0', '--force']),
      ]);
      await Promise.all(senders);
      const had = new Set(old.map((pod) => pod.address));
      const young = await runningPods(lab, 'other', { count: pods });
      again += young.filter((pod) => had.has(pod.address)).length;
      expect(Object.keys(await lab.seen())).toEqual(['192.0.2.12']);
    }
    measured(
      `${cri}: ${again} of ${rounds * pods} Pods got the address of one that ended at the same moment: 0 packets`,
    );
    expect(again).toBeGreaterThan(0);
  });
});

const few = [0, 1, 2];
const stopAgents = 'for p in $(pgrep -f "sallyport.* [a]gent$"); do kill -$1 $p; done';

async function signalAgents(lab: TestLab, signal: 'STOP' | 'CONT'): Promise<void> {
  const { status, stderr } = await lab.run(['bash', '-c', stopAgents, 'agents', signal]);
  if (status !== 0) throw new Error(stderr);
}

async function untilGone(lab: TestLab, namespace: string): Promise<void> {
  await until(`the sandboxes of ${namespace} are gone`, async () => {
    const { stdout } = await lab.run(['ls', `/run/lab/pods/${namespace}`]);
    return stdout === '' ? true : undefined;
  });
}

// The runtime's word comes later than the next Pod: only the kernel can know. `none` has no route; each sends from the former one's port.
const heirs = [
  ['other', 'tenant'],
  ['tenant', 'rival'],
  ['rival', 'other'],
] as const;

describe.each(['bridge', 'bridge-iptables'] as const)('a Pod address given out again, with the CNI %s', (cni) => {
  const lab = useLab(`pod-addresses-${cni}`, { nodes: 1, cni });

  const sources: string[] = [];

  it('is used by two tenants and by one without a route', async () => {
    await apply(lab, namespaceYaml('other'));
    for (const tenant of ['tenant', 'rival']) {
      const gateway = `${tenant}/out`;
      await apply(lab, namespaceYaml(tenant), gatewayYaml(gateway), routeYaml(`${tenant}/all`, { gateway }));
      sources.push(await addressOf(lab, gateway));
      await untilProgrammed(lab, 'egressroute', `${tenant}/all`);
    }
  });

  it.each(heirs)('never leaves as that of %s when it is of %s, while the agent stands still', async (former, heir) => {
    const own = { tenant: sources[0], rival: sources[1], other: '192.0.2.11' };
    await apply(lab, ...few.map((n) => podYaml(`${former}/old-${n}`)));
    const old = await runningPods(lab, former, { count: few.length });
    await Promise.all(old.map(({ key }) => untilSource(lab, key, { address: own[former] ?? '' })));
    await Promise.all(old.map(({ key }) => send(lab, key)));
    await signalAgents(lab, 'STOP');
    try {
      await lab.kubectl(['delete', 'pod', '-n', former, '--all', '--grace-period=0', '--force']);
      await untilGone(lab, former);
      await lab.resetSeen();
      const senders = few.map((n) => send(lab, `${heir}/new-${n}`));
      await apply(lab, ...few.map((n) => podYaml(`${heir}/new-${n}`)));
      await Promise.all(senders);
      expect(await lab.seen()).toEqual({});
    } finally {
      await signalAgents(lab, 'CONT');
    }
    const young = await runningPods(lab, heir, { count: few.length });
    expect(new Set(young.map((pod) => pod.address))).toEqual(new Set(old.map((pod) => pod.address)));
    await Promise.all(young.map(({ key }) => untilSource(lab, key, { address: own[heir] ?? '' })));
    await Promise.all(young.map(({ key }) => send(lab, key)));
    expect(Object.keys(await lab.seen())).toEqual([own[heir]]);
    await lab.kubectl(['delete', 'pod', '-n', heir, '--all', '--grace-period=0', '--force']);
    await untilGone(lab, heir);
  });
});

describe('a Pod address, with no container runtime to ask', () => {
  const lab = useLab('pod-addresses-off', { nodes: 1, cri: 'off' });

  it('is learnt from the API: late, and never wrongly while nobody had it before', async () => {
    await apply(
      lab,
      namespaceYaml('tenant'),
      gatewayYaml('tenant/out'),
      routeYaml('tenant/all', { gateway: 'tenant/out' }),
    );
    const address = await addressOf(lab, 'tenant/out');
    await untilProgrammed(lab, 'egressroute', 'tenant/all');
    await lab.resetSeen();
    const senders = numbers.slice(0, 5).map((n) => send(lab, `tenant/new-${n}`));
    await apply(lab, ...numbers.slice(0, 5).map((n) => podYaml(`tenant/new-${n}`)));
    await Promise.all(senders);
    expect(Object.keys(await lab.seen())).toEqual([address]);
    const { stdout } = await lab.run(['lab', 'node', 'node-1', '--', 'node', '-e', readMetrics]);
    expect(stdout).toContain('sallyport_agent_pod_address_source{source="api"} 1');
  });
});
