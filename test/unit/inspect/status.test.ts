import { expect, test } from 'vitest';
import type { Pod } from '../../../src/api/pod.ts';
import { gatewayLines } from '../../../src/inspect/status.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { gateway, gatewayClass, meta, route, snapshot } from '../../support/objects.ts';

const foreign = { ...gatewayClass('other'), spec: { controllerName: 'example.com/other' } };
const start = snapshot({
  gatewayClasses: [gatewayClass(), foreign],
  gateways: [
    gateway('shop/b'),
    gateway('platform/a'),
    gateway('shop/foreign', { gatewayClassName: 'other' }),
    gateway('shop/http', { listeners: [{ name: 'h', port: 80, protocol: 'HTTP' }] }),
  ],
  routes: [route('shop/r', 'platform/a')],
});
const quiet = settleAll(start).snapshot;
const pod = (name: string, phase = 'Running'): Pod => ({
  metadata: meta(`shop/${name}`),
  spec: { nodeName: 'node-3' },
  status: { phase, podIPs: [] },
});

test('a line per Gateway of ours, with who owns it and who stands by', () => {
  const lines = gatewayLines(quiet);
  expect(lines.map(({ gateway: name }) => name)).toEqual(['platform/a', 'shop/b', 'shop/http']);
  const [first, , last] = lines;
  const { candidates = [], group } =
    quiet.placements.find(({ metadata }) => metadata.name === 'uid-platform-a')?.spec ?? {};
  expect(first).toMatchObject({
    gatewayClass: 'egress',
    addresses: [expect.stringMatching(/^192\.0\.2\.10\d$/)],
    owner: candidates[0]?.node,
    standbys: candidates.slice(1).map(({ node }) => node),
    state: 'Programmed',
    problems: [],
    group,
  });
  expect(first).not.toHaveProperty('pods');
  expect(last?.state).not.toBe('Programmed');
  expect(last?.problems.join()).toContain('Accepted: ');
});

test('with Pods, how many each has: those that have ended do not count', () => {
  const lines = gatewayLines(quiet, [pod('one'), pod('two'), pod('ended', 'Failed')]);
  expect(lines.map(({ pods }) => pods)).toEqual([2, 0, 0]);
});
