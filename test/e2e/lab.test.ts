import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../hack/lab/start-lab.ts';

// The lab itself, without Sallyport: what all other e2e tests stand on.
const pods = `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: default}
spec: {nodeName: node-1, terminationGracePeriodSeconds: 1, containers: [{name: c, image: anything}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: default}
spec: {nodeName: node-2, terminationGracePeriodSeconds: 1, containers: [{name: c, image: anything}]}
`;
const startTimeout = 90_000;

async function startWithPods(cni?: 'bridge-iptables' | 'routed'): Promise<Lab> {
  const lab = await startLab({ nodes: 2, networks: 2, bare: true, ...(cni === undefined ? {} : { cni }) });
  await lab.apply(pods);
  await lab.kubectl(['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=30s']);
  return lab;
}

function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}

/** All descendants of a process, parents first. */
function processesBelow(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It has ended.
    }
  }
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function waitUntil(condition: () => boolean, timeoutMs = 5_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
    await sleep(50);
  }
}

describe('a bare lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startWithPods();
  }, startTimeout);
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  it('masquerades pods to their node, for TCP, UDP and IPv6, to any address and port outside', async () => {
    expect(await lab.whoami('default/a')).toBe('192.0.2.11');
    expect(await lab.whoami('default/b', { udp: true })).toBe('192.0.2.12');
    expect(await lab.whoami('default/a', { ipv6: true })).toBe('2001:db8:2::11');
    expect(await lab.whoami('default/a', { to: '203.0.113.7', port: 443 })).toBe('192.0.2.11');
    expect(await lab.whoami('default/a', { to: '198.51.100.99', port: 53, udp: true })).toBe('192.0.2.11');
    expect(await lab.whoami('default/a', { to: '198.51.100.10', port: 5432 })).toBe('192.0.2.11');
    expect(await lab.whoami('default/a', { to: '172.30.0.10' })).toBe('172.30.0.11');
  });

  it('says blocked with status 1 where nothing answers', async () => {
    const { status, stdout } = await lab.run(['lab', 'whoami', 'default/a', '--to', '10.77.0.1']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: 'blocked\n' });
    expect(await lab.whoami('default/a', { to: '10.77.0.1' })).toBeNull();
  });

  it('counts the source addresses that arrive outside', async () => {
    await lab.resetSeen();
    expect(await lab.seen()).toEqual({});
    await lab.whoami('default/b', { udp: true });
    expect(await lab.seen()).toEqual({ '192.0.2.12': 1 });
  });

  it('lets pods reach each other, Services and nothing else', async () => {
    const [{ ip = '' } = {}] = JSON.parse(await lab.kubectl(['get', 'pod', 'b', '-o', 'jsonpath={.status.podIPs}']));
    expect((await lab.run(['lab', 'exec', 'default/a', '--', 'ip', 'route', 'get', ip])).status).toBe(0);
    const ask = 'exec 3<>/dev/tcp/10.96.0.1/443 && echo open';
    expect((await lab.run(['lab', 'exec', 'default/a', '--', 'bash', '-c', ask])).stdout).toBe('open\n');
  });

  it('measures long flows', async () => {
    const [a, b] = await lab.probe(['default/a', 'default/b'], { tcp: 3, intervalMs: 20, seconds: 2 });
    expect(a).toMatchObject({ pod: 'default/a', tcp: { opened: 3, survived: 3, sources: ['192.0.2.11'] } });
    expect(b?.udp.sources).toEqual(['192.0.2.12']);
    expect(b?.udp.received).toBe(b?.udp.sent);
    expect(Object.keys(a?.udp ?? {})).toEqual(['sent', 'received', 'longestGapMs', 'sources']);
  });

  it('crashes a node silently and heals it', async () => {
    await lab.fault('crash', 'node-1');
    const [probe] = await lab.probe(['default/a'], { tcp: 1, intervalMs: 50, seconds: 1 });
    expect(probe).toMatchObject({ udp: { received: 0 }, tcp: { opened: 0, survived: 0 } });
    expect(probe?.udp.longestGapMs).toBeGreaterThan(500);
    expect((await lab.run(['lab', 'node', 'node-1', '--', 'cat', '/sys/class/net/eth0/carrier'])).stdout).toBe('1\n');
    expect(await lab.whoami('default/b')).toBe('192.0.2.12');
    await lab.fault('heal', 'node-1');
    expect(await lab.whoami('default/a')).toBe('192.0.2.11');
  });

  it('splits two nodes from each other only', async () => {
    const reach = async (to: string) =>
      (await lab.run(['lab', 'node', 'node-1', '--', 'bash', '-c', `timeout 1 bash -c 'exec 3<>/dev/tcp/${to}'`]))
        .status;
    await lab.run([
      'bash',
      '-c',
      'lab node node-2 -- node -e "require(\'net\').createServer().listen(7000)" > /dev/null 2>&1 &',
    ]);
    await expect.poll(() => reach('192.0.2.12/7000'), { timeout: 5_000 }).toBe(0);
    await lab.fault('split', 'node-1', 'node-2');
    expect(await reach('192.0.2.12/7000')).not.toBe(0);
    expect(await lab.whoami('default/a')).toBe('192.0.2.11');
    await lab.fault('heal', 'node-2');
    await expect.poll(() => reach('192.0.2.12/7000'), { timeout: 5_000 }).toBe(0);
  });

  it('answers questions about names outside, as `lab dns` tells it to', async () => {
    const script = `
      const { Resolver } = require('node:dns').promises;
      const resolver = new Resolver({ timeout: 1000, tries: 2 });
      resolver.setServers(['198.51.100.53']);
      const ask = (name, type) => resolver.resolve(name, type).catch((error) => error.code);
      Promise.all(process.argv.slice(1).map((name) => Promise.all([ask(name, 'A'), ask(name, 'AAAA')])))
        .then((answers) => console.log(JSON.stringify(answers)));`;
    const ask = async (...names: readonly string[]) =>
      JSON.parse((await lab.run(['lab', 'exec', 'default/a', '--', 'node', '-e', script, ...names])).stdout);
    const both = (ipv4: string, ipv6: string) => [[ipv4], [ipv6]];
    const none = ['ENOTFOUND', 'ENOTFOUND'];
    expect(await ask('outside.example', 'Partner.example', 'api.shop.example')).toEqual([
      both('198.51.100.10', '2001:db8:51::10'),
      both('172.30.0.10', '2001:db8:30::10'),
      none,
    ]);
    expect((await lab.run(['lab', 'dns', '*.shop.example', '203.0.113.7', '--ttl', '5'])).status).toBe(0);
    expect(await ask('api.shop.example', 'shop.example')).toEqual([[['203.0.113.7'], 'ENODATA'], none]);
    await lab.run(['lab', 'dns', '*.shop.example']);
    expect(await ask('api.shop.example')).toEqual([none]);
  });

  it('has a second router, which nobody uses who is not told to', async () => {
    const sent = async () => {
      const { stdout } = await lab.run(['ip', '-n', 'router-2', '-j', '-s', 'link', 'show', 'router-out']);
      return JSON.parse(stdout)[0].stats64.tx.packets;
    };
    const atFirst = await sent();
    expect(await lab.whoami('default/a', { to: '203.0.113.77' })).toBe('192.0.2.11');
    expect(await sent()).toBe(atFirst);
    const route = ['203.0.113.77', 'via', '192.0.2.5'];
    await lab.run(['lab', 'node', 'node-1', '--', 'ip', 'route', 'add', ...route]);
    expect(await lab.whoami('default/a', { to: '203.0.113.77' })).toBe('192.0.2.11');
    expect(await sent()).toBeGreaterThan(atFirst);
    await lab.run(['lab', 'node', 'node-1', '--', 'ip', 'route', 'del', ...route]);
  });

  it('restarts a container whose liveness probe fails', async () => {
    const server =
      'let n = 0; require("node:http").createServer((_, answer) => answer.writeHead(n++ < 2 ? 200 : 500).end()).listen(7001)';
    await lab.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'dying', namespace: 'default' },
        spec: {
          nodeName: 'node-1',
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'c',
              image: 'sallyport',
              command: ['node', '-e', server],
              livenessProbe: { httpGet: { port: 7001 }, periodSeconds: 1, failureThreshold: 1 },
            },
          ],
        },
      }),
    );
    const restarts = () =>
      lab.kubectl(['get', 'pod', 'dying', '-o', 'jsonpath={.status.containerStatuses[0].restartCount}']);
    await expect.poll(async () => Number(await restarts()), { timeout: 20_000 }).toBeGreaterThan(0);
    await lab.kubectl(['delete', 'pod', 'dying', '--timeout=20s']);
  });

  it('gives a deleted pod its address back and leaves nothing of it', async () => {
    await lab.kubectl(['delete', 'pod', 'a', '--timeout=20s']);
    expect((await lab.run(['lab', 'whoami', 'default/a'])).status).toBe(2);
    await lab.apply(pods);
    await lab.kubectl(['wait', '--for=condition=Ready', 'pod', 'a', '--timeout=20s']);
    expect(await lab.whoami('default/a')).toBe('192.0.2.11');
    expect((await lab.run(['bash', '-c', 'ls /run/netns | grep -c ^pod-'])).stdout).toBe('2\n');
  });

  it('scales and drains ordinary Deployments', async () => {
    await lab.kubectl(['create', 'deployment', 'web', '--image=anything', '--replicas=4']);
    await lab.kubectl(['rollout', 'status', 'deployment/web', '--timeout=30s']);
    await lab.kubectl(['drain', 'node-2', '--force', '--timeout=60s', '--grace-period=1']);
    const nodes = await lab.kubectl(['get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.nodeName}']);
    expect(new Set(nodes.split(' '))).toEqual(new Set(['node-1']));
  });

  // Last: scheduler and controllers find back to the new API server each in its own time.
  it('kills the API server and starts it again', async () => {
    await lab.fault('api', 'down');
    expect((await lab.run(['kubectl', 'get', 'nodes', '--request-timeout=1s'])).status).not.toBe(0);
    await lab.fault('api', 'up');
    expect(await lab.kubectl(['get', 'nodes', '-o', 'name'])).toBe('node/node-1\nnode/node-2\n');
  });
});

describe('other CNIs', () => {
  it('routed: the outside sees the pod itself', { timeout: startTimeout }, async () => {
    await using lab = await startWithPods('routed');
    expect(await lab.whoami('default/a')).toBe('10.244.1.2');
    expect(await lab.whoami('default/b', { ipv6: true })).toBe('fd00:10:244:2::2');
  });

  it('bridge-iptables: the outside sees the node', { timeout: startTimeout }, async () => {
    await using lab = await startWithPods('bridge-iptables');
    expect(await lab.whoami('default/a')).toBe('192.0.2.11');
    expect(await lab.whoami('default/b', { ipv6: true })).toBe('2001:db8:2::12');
  });
});

describe('life and death of a lab', () => {
  it('passes the status of its command on', { timeout: startTimeout }, () => {
    const run = (args: readonly string[]) => {
      try {
        return {
          status: 0,
          stdout: execFileSync('hack/lab/run', [...args], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' }),
        };
      } catch (error) {
        return { status: (error as { status: number }).status, stdout: '' };
      }
    };
    expect(run(['--nodes', '1', '--bare', '--', 'sh', '-c', 'kubectl get nodes -o name; exit 0'])).toEqual({
      status: 0,
      stdout: 'node/node-1\n',
    });
    expect(run(['--nodes', '1', '--bare', '--', 'sh', '-c', 'exit 7']).status).toBe(7);
    expect(run(['--nodes', 'many']).status).toBe(2);
  });

  it('says so, and what to do, where user namespaces are forbidden', () => {
    const forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
    const start = ['hack/lab/run', '--bare', '--', 'true'];
    const { status, stderr } = spawnSync(
      'unshare',
      ['--user', '--map-user=1000', '--keep-caps', '--', 'bash', '-c', forbid, 'forbidden', ...start],
      { encoding: 'utf8', timeout: 30_000 },
    );
    expect(status).toBe(1);
    expect(stderr).toContain('the lab needs a user namespace: user.max_user_namespaces is 0');
    expect(stderr).toContain('run: sudo sysctl -w user.max_user_namespaces=10000');
  });

  it('runs beside another, leaves nothing when any of its processes is killed, and starts again', {
    timeout: 3 * startTimeout,
  }, async () => {
    await using other = await startLab({ nodes: 1, bare: true });
    const mounts = readFileSync('/proc/self/mounts', 'utf8');
    for (const depth of ['front', 'init', 'main'] as const) {
      const lab = await startLab({ nodes: 1, bare: true });
      const all = processesBelow(lab.pid);
      expect(all.length).toBeGreaterThan(6);
      const inside = (program: string, script: string) =>
        all.find((pid) => commandLine(pid).startsWith(`${program}\0`) && commandLine(pid).includes(`${script}\0`)) ?? 0;
      const victim = { front: lab.pid, init: inside('bash', 'init.sh'), main: inside('node', 'lab/main.ts') }[depth];
      expect(victim).toBeGreaterThan(1);
      process.kill(victim, 'SIGKILL');
      await waitUntil(() => all.every((pid) => !isAlive(pid)));
      await expect(lab.run(['true'])).rejects.toThrow('the lab');
    }
    expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mounts);
    expect(await other.kubectl(['get', 'nodes', '-o', 'name'])).toBe('node/node-1\n');
  });
});
