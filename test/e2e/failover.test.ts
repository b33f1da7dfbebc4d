import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../hack/lab/start-lab.ts';
import { recordFault } from '../support/fault-results.ts';
import { measured, until, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import {
  addressOf,
  apply,
  type LabPod,
  readObject,
  runningPods,
  untilCondition,
  untilProgrammed,
} from '../support/lab-objects.ts';

// What breaks while traffic runs. The bounds are generous, for a noisy machine; docs and benchmarks have the real figures.
const lab = useLab('failover', { nodes: 3 });

const gateway = 'shop/partners';
const longestGapMs = 3_000;
const takeover = 'a takeover: 3 adverts';
let address = '';

beforeAll(async () => {
  await apply(lab, namespaceYaml('shop'), daemonSetYaml('shop/payments'), gatewayYaml(gateway));
  await apply(lab, routeYaml('shop/all', { gateway }));
  address = await addressOf(lab, gateway);
  await untilProgrammed(lab, 'egressroute', 'shop/all');
});

const healthy = async () => {
  await untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });
  await untilProgrammed(lab, 'gateway', gateway);
  await untilProgrammed(lab, 'egressroute', 'shop/all');
  await runningPods(lab, 'shop', { count: 3 });
};
beforeAll(healthy);
afterEach(async () => {
  for (const node of ['node-1', 'node-2', 'node-3']) await lab.fault('heal', node);
  await healthy();
}, 200_000);

async function findOwner(): Promise<string> {
  return until('one node answers for the address', async () => (await lab.owner(gateway)) ?? undefined);
}

/** Runs traffic of the Pods on all nodes but one for some seconds and breaks something two seconds after it began. */
async function underTraffic(
  { without, seconds = 8 }: { readonly without?: string; readonly seconds?: number },
  breakIt: (pods: readonly LabPod[]) => Promise<void>,
): Promise<readonly ProbeResult[]> {
  const pods = (await runningPods(lab, 'shop', { count: 3 })).filter(({ node }) => node !== without);
  await lab.resetSeen();
  const probe = lab.probe(
    pods.map(({ key }) => key),
    { tcp: 10, intervalMs: 5, seconds },
  );
  const broken = sleep(2_000).then(() => breakIt(pods));
  const [results] = await Promise.all([probe, broken]);
  return results;
}

/** Only the egress address was seen, every connection lives, no silence was longer than the bound. */
async function expectContinuity(what: string, results: readonly ProbeResult[], promised = takeover): Promise<void> {
  await recordFault({ fault: what, promised, results, seen: await lab.seen(), addresses: [address] });
  const lost = results.map(({ udp }) => `${udp.sent - udp.received} of ${udp.sent}`);
  const gaps = results.map(({ udp }) => udp.longestGapMs);
  const stalls = results.map(({ tcp }) => tcp.longestStallMs);
  measured(`${what}: UDP lost ${lost}, longest gap ${gaps} ms; TCP longest stall ${stalls} ms`);
  expect(Object.keys(await lab.seen())).toEqual([address]);
  expect(results.map(({ tcp }) => tcp)).toMatchObject(results.map(() => ({ opened: 10, survived: 10 })));
  expect(Math.max(...gaps)).toBeLessThan(longestGapMs);
}

/** Nothing was lost, and nothing left with another address. */
async function expectRight(results: readonly ProbeResult[]): Promise<void> {
  expect(results.map(({ udp }) => udp.sent - udp.received)).toEqual(results.map(() => 0));
  expect(results.map(({ tcp }) => tcp)).toMatchObject(results.map(() => ({ opened: 10, survived: 10 })));
  expect(Object.keys(await lab.seen())).toEqual([address]);
}

async function expectMovedFrom(owner: string): Promise<void> {
  expect(await findOwner()).not.toBe(owner);
}

describe('the owner', () => {
  it('crashes: the address moves, Degraded says so until it is back', async () => {
    const owner = await findOwner();
    const controllers = await lab.kubectl(['get', 'pods', '-n', 'sallyport-system', '-o', 'wide', '--no-headers']);
    const degraded = { type: 'sallyport.dev/Degraded', status: 'True', reason: 'NoStandby' } as const;
    let told: Promise<{ readonly message: string; readonly seconds: number } | Error> | undefined;
    const results = await underTraffic({ without: owner }, async () => {
      await lab.fault('crash', owner);
      const since = performance.now();
      // Looked for at once: some 50 s later the node is no candidate any more, and another stands by.
      told = untilCondition(lab, ['gateway', gateway], degraded).then(
        ({ message }) => ({ message, seconds: Math.round((performance.now() - since) / 1000) }),
        (error: unknown) => new Error(`${owner} crashed, before it:\n${controllers}`, { cause: error }),
      );
    });
    await expectContinuity('owner crashed', results);
    await expectMovedFrom(owner);
    const answer = await told;
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('nothing was broken');
    const { message, seconds } = answer;
    measured(`crash: Degraded after ${seconds} s: ${message}`);
    expect(message).toContain(owner);
    await untilProgrammed(lab, 'gateway', gateway);
    await lab.fault('heal', owner);
    await untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });
    // It was cut off for long enough to give up, so that it does not take the address back.
    await expectMovedFrom(owner);
  });

  it('has a frozen keepalived: traffic goes on, and soon one node is left', async () => {
    const owner = await findOwner();
    const results = await underTraffic({ without: owner }, () => lab.fault('freeze', owner));
    await expectContinuity('keepalived and conntrackd frozen on the owner (SIGSTOP)', results);
    // It is ended while it stands still, and gives up what it held when it starts anew.
    await expectMovedFrom(owner);
    await lab.fault('heal', owner);
    await expectMovedFrom(owner);
  });

  it('loses keepalived: it is started again', async () => {
    const owner = await findOwner();
    const results = await underTraffic({ without: owner }, () => lab.fault('kill', owner, 'keepalived'));
    await expectContinuity('keepalived killed on the owner', results);
    await healthy();
    await expectRight(await underTraffic({ seconds: 3 }, async () => {}));
  });
});

describe('agents', () => {
  it('are killed on every node and start again: no datagram is lost', async () => {
    const restarts = async () => {
      const text = await lab.kubectl(['get', 'pods', '-A', '-l', 'app.kubernetes.io/component=agent', '-o', 'json']);
      const items: readonly { status: { containerStatuses?: { restartCount: number; ready: boolean }[] } }[] =
        JSON.parse(text).items;
      return items.map(({ status }) => status.containerStatuses?.[0] ?? { restartCount: 0, ready: false });
    };
    const before = (await restarts()).reduce((sum, { restartCount }) => sum + restartCount, 0);
    const results = await underTraffic({ seconds: 10 }, async () => {
      for (const node of ['node-1', 'node-2', 'node-3']) await lab.fault('kill', node, 'agent');
    });
    await expectContinuity('agents killed on every node', results, 'nothing');
    expect(results.map(({ udp }) => udp.sent - udp.received)).toEqual([0, 0, 0]);
    await until('all agents are ready again', async () => {
      const now = await restarts();
      const count = now.reduce((sum, { restartCount }) => sum + restartCount, 0);
      return count === before + 3 && now.every(({ ready }) => ready) ? true : undefined;
    });
  });
});

describe('without the control plane', () => {
  it('traffic goes on while the API server is down, and so does failover', async () => {
    const owner = await findOwner();
    const results = await underTraffic({ without: owner, seconds: 14 }, async () => {
      await lab.fault('api', 'down');
      await sleep(4_000);
      await lab.fault('crash', owner);
      await sleep(6_000);
      await lab.fault('api', 'up');
    });
    await expectContinuity('API server down for 10 s, owner crashed meanwhile', results);
    await lab.fault('heal', owner);
    await healthy();
    await expectMovedFrom(owner);
  });

  const holder = async () => {
    const lease = await readObject(lab, 'lease', 'sallyport-system/sallyport-controller');
    return String(lease?.spec?.['holderIdentity']);
  };

  it('a controller whose process is killed starts again in its Pod, and routes go on being programmed', async () => {
    const leader = await holder();
    const of = (field: string) =>
      lab.kubectl(['get', 'pod', '-n', 'sallyport-system', leader, '-o', `jsonpath={${field}}`]);
    await lab.fault('kill', await of('.spec.nodeName'), 'controller');
    await expect.poll(() => of('.status.containerStatuses[0].restartCount'), { timeout: 20_000 }).toBe('1');
    await apply(lab, routeYaml('shop/killed', { gateway, match: '{destinations: [{cidr: 203.0.113.0/24}]}' }));
    await untilProgrammed(lab, 'egressroute', 'shop/killed');
    await lab.kubectl(['delete', 'egressroute', '-n', 'shop', 'killed']);
  });

  it('another controller leads when the leader is killed', async () => {
    const leader = await holder();
    const since = performance.now();
    await lab.kubectl(['delete', 'pod', '-n', 'sallyport-system', leader, '--force', '--grace-period=0']);
    await apply(lab, routeYaml('shop/narrow', { gateway, match: '{destinations: [{cidr: 203.0.113.0/24}]}' }));
    await untilProgrammed(lab, 'egressroute', 'shop/narrow');
    measured(`leader killed: a new route is Programmed after ${Math.round((performance.now() - since) / 1000)} s`);
    expect(await holder()).not.toBe(leader);
    await lab.kubectl(['delete', 'egressroute', '-n', 'shop', 'narrow']);
  });
});
