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
  const programmedSince = async () =>
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

  /** What must work whoever is older; `name` is that of a namespace that nobody has yet. */
  function itWorks(name: string, move: () => Promise<void>): void {
    it('a Gateway stays Programmed, and keeps its address', async () => {
      const before = await programmedSince();
      await lab.resetSeen();
      await move();
      await untilProgrammed(lab, 'gateway', gateway);
      expect(await programmedSince()).toMatchObject({
        status: 'True',
        lastTransitionTime: before?.lastTransitionTime,
      });
      for (const { key } of await runningPods(lab, 'shop', { count: 3 }))
        expect(await sourceOf(lab, key)).toBe(address);
      expect(Object.keys(await lab.seen())).toEqual([address]);
    });

    it('a new Gateway and a new EgressRoute take effect', async () => {
      const own = `${name}/out`;
      await apply(lab, namespaceYaml(name), podYaml(`${name}/web`), gatewayYaml(own));
      const given = await addressOf(lab, own);
      expect(given).not.toBe(address);
      const match = '{destinations: [{cidr: 198.51.100.0/24}]}';
      await apply(lab, routeYaml(`${name}/some`, { gateway: own, match }));
      await untilProgrammed(lab, 'egressroute', `${name}/some`);
      await untilSource(lab, `${name}/web`, { address: given });
      expect(await sourceOf(lab, `${name}/web`, { to: '203.0.113.9' })).not.toBe(given);
      await lab.kubectl(['delete', '-n', name, 'egressroute', 'some']);
    });

    it('a new Pod leaves with the right address from its first packet on', async () => {
      await lab.resetSeen();
      const sent = sendFirstPackets(lab, `shop/${name}`);
      await apply(lab, podYaml(`shop/${name}`));
      expect(await sent).toMatchObject({ status: 0 });
      const { [address]: right = 0, ...others } = await lab.seen();
      expect(others).toEqual({});
      expect(right).toBeGreaterThan(firstPackets / 2);
      await lab.kubectl(['delete', 'pod', '-n', 'shop', name]);
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
      await whole();
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
