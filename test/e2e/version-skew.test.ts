import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { previousTag } from '../../hack/previous/files.ts';
import { preparePrevious } from '../../hack/previous/prepare.ts';
import { version } from '../../src/cli/version.ts';
import { firstPackets, sendFirstPackets } from '../support/first-packets.ts';
import { measured, sourceOf, until, untilSource, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import {
  addressOf,
  apply,
  conditionsOf,
  listObjects,
  readObject,
  runningPods,
  untilCondition,
  untilProgrammed,
} from '../support/lab-objects.ts';

// One minor version may lie between the controller and the agents, either way round (docs/tasks/upgrade.md).
const previous = await preparePrevious();
const other = previous.kind === 'ready' ? previous : { version: '', dir: '', bundle: '', install: '' };

it('there is a version before this one', ({ skip }) => {
  if (previous.kind === 'absent') return skip(previous.why);
  expect(previous.version).not.toBe(version);
});

const config = join(import.meta.dirname, '..', '..', 'config');
const gateway = 'shop/partners';
const system = ['-n', 'sallyport-system'];

describe.skipIf(previous.kind === 'absent')('version skew', () => {
  const lab = useLab('version-skew', { bundles: { [previousTag]: other.bundle }, install: other.install });
  let address = '';

  /** Applies parts of an installation and waits for what they start. */
  async function install(paths: readonly string[], workload: string): Promise<void> {
    const started = performance.now();
    for (const path of paths) {
      const how = path.endsWith('.yaml') ? '-f' : '-k';
      await lab.kubectl(['apply', '--server-side', '--force-conflicts', how, path]);
    }
    await lab.kubectl(['rollout', 'status', ...system, workload, '--timeout=60s']);
    measured(`${workload} in ${Math.round(performance.now() - started)} ms`);
  }

  const versionsOf = async (component: string): Promise<readonly string[]> => {
    const pods = ['get', 'pods', ...system, '-l', `app.kubernetes.io/component=${component}`];
    const images = await lab.kubectl([...pods, '-o', 'jsonpath={.items[*].spec.containers[*].image}']);
    return [...new Set(images.split(' '))];
  };
  const reportedVersions = async () => {
    const reports = await listObjects(lab, 'egressnodereports');
    return [...new Set(reports.map(({ status }) => (status as { version?: string } | undefined)?.version))];
  };
  const programmed = async () =>
    conditionsOf(await readObject(lab, 'gateway', gateway)).find(({ type }) => type === 'Programmed');
  const owner = () => until('one node answers for the address', async () => (await lab.owner(gateway)) ?? undefined);
  const whole = () => untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });

  beforeAll(async () => {
    await apply(lab, namespaceYaml('shop'), daemonSetYaml('shop/payments'), gatewayYaml(gateway));
    await apply(lab, routeYaml('shop/all', { gateway }));
    address = await addressOf(lab, gateway);
    await untilProgrammed(lab, 'egressroute', 'shop/all');
    await runningPods(lab, 'shop', { count: 3 });
    await whole();
  });

  /** The Gateway's word, once it has not changed for a while: what went before must not be blamed on what comes. */
  const settled = () =>
    until('Programmed rests', async () => {
      const condition = await programmed();
      const age = Date.now() - Date.parse(condition?.lastTransitionTime ?? '');
      return condition?.status === 'True' && age > 4_000 ? condition : undefined;
    });

  /** A second Gateway that takes running Pods' packets to 203.0.113.0/24; resolves with its address when a Pod's have it. */
  async function addGateway(name: string, pod: string): Promise<string> {
    const match = '{destinations: [{cidr: 203.0.113.0/24}]}';
    await apply(lab, gatewayYaml(`shop/${name}`), routeYaml(`shop/${name}`, { gateway: `shop/${name}`, match }));
    const given = await addressOf(lab, `shop/${name}`);
    await untilProgrammed(lab, 'egressroute', `shop/${name}`);
    await untilSource(lab, pod, { address: given, to: '203.0.113.9' });
    return given;
  }

  /** What must work whoever is older; `name` is one that nothing has yet. */
  function itWorks(name: string, move: () => Promise<void>): void {
    it('a Gateway stays Programmed, and keeps its address', async () => {
      await whole();
      const before = await settled();
      await lab.resetSeen();
      await move();
      await untilProgrammed(lab, 'gateway', gateway);
      expect(await programmed()).toEqual({ ...before, message: expect.any(String) });
      for (const { key } of await runningPods(lab, 'shop', { count: 3 }))
        expect(await sourceOf(lab, key)).toBe(address);
      expect(Object.keys(await lab.seen())).toEqual([address]);
    });

    it('a new Gateway and a new EgressRoute take effect, and a new Pod has the right address from its first packet on', async () => {
      const [running] = await runningPods(lab, 'shop', { count: 3 });
      await lab.resetSeen();
      const sent = sendFirstPackets(lab, `shop/${name}`);
      const started = apply(lab, podYaml(`shop/${name}`));
      const given = await addGateway(name, `${running?.key}`);
      await started;
      expect(given).not.toBe(address);
      expect(await sourceOf(lab, `${running?.key}`)).toBe(address);
      expect(await sent).toMatchObject({ status: 0 });
      const { [address]: right = 0, [given]: _, ...others } = await lab.seen();
      expect(others).toEqual({});
      expect(right).toBeGreaterThan(firstPackets / 2);
      await lab.kubectl(['delete', '-n', 'shop', `pod/${name}`, `egressroute/${name}`, `gateway/${name}`]);
    });

    it("the owner's crash moves the address", async () => {
      await whole();
      const dead = await owner();
      const pods = (await runningPods(lab, 'shop', { count: 3 })).filter(({ node }) => node !== dead);
      await lab.resetSeen();
      await lab.fault('crash', dead);
      const heir = await until('another node answers', async () => {
        const now = await lab.owner(gateway);
        return now === null || now === dead ? undefined : now;
      });
      expect(heir).not.toBe(dead);
      for (const { key } of pods) expect(await sourceOf(lab, key)).toBe(address);
      expect(Object.keys(await lab.seen())).toEqual([address]);
      await lab.fault('heal', dead);
    });
  }

  describe('agents of before, the controller of now', () => {
    // CRDs and rights go ahead of who needs them.
    const files = ['crd', 'rbac', 'install/controller.yaml'].map((path) => join(config, path));
    itWorks('forward', () => install(files, 'deployment/sallyport-controller'));

    it('is what was tested', async () => {
      expect(await reportedVersions()).toEqual([other.version]);
      expect(await versionsOf('agent')).toEqual([`sallyport:${previousTag}`]);
      expect(await versionsOf('controller')).toEqual(['sallyport']);
    });
  });

  describe('agents of now, the controller of before with its CRDs and rights', () => {
    itWorks('back', async () => {
      await install([join(config, 'install/agent.yaml')], 'daemonset/sallyport-agent');
      await until('every agent reports its version', async () => {
        const reported = await reportedVersions();
        return (reported.length === 1 && reported[0] === version) || undefined;
      });
      const folders = ['crd', 'rbac'].map((path) => join(other.dir, 'config', path));
      for (const path of folders) await lab.kubectl(['apply', '--server-side', '--force-conflicts', '-k', path]);
      const image = `controller=sallyport:${previousTag}`;
      await lab.kubectl(['set', 'image', ...system, 'deployment/sallyport-controller', image]);
      await install([], 'deployment/sallyport-controller');
    });

    it('is what was tested', async () => {
      expect(await reportedVersions()).toEqual([version]);
      expect(await versionsOf('controller')).toEqual([`sallyport:${previousTag}`]);
    });
  });
});
