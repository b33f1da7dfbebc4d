import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type NodeView, selectPlan } from '../../src/compile/select.ts';
import { bgpPlanOf } from '../../src/dataplane/bgp/model.ts';
import { renderBird } from '../../src/dataplane/bgp/render.ts';
import { inetTable } from '../../src/dataplane/desired/nft-inet.ts';
import { bridgeTable } from '../../src/dataplane/desired/nft-links.ts';
import { netdevTable } from '../../src/dataplane/desired/nft-netdev.ts';
import { routeStateOf } from '../../src/dataplane/desired/routes.ts';
import { diffTables } from '../../src/dataplane/nft/diff.ts';
import { renderConntrackd } from '../../src/dataplane/replication/render.ts';
import { diffRoutes } from '../../src/dataplane/route/diff.ts';
import { renderKeepalived } from '../../src/dataplane/vrrp/render.ts';
import { type DataplaneCase, viewOf } from '../support/dataplane-case.ts';
import { addNamespace, describeInNamespace } from '../support/netns.ts';
import { withUnknownFields } from '../support/unknown-fields.ts';

const folder = join(import.meta.dirname, 'dataplane');
const cases = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'in.yaml')));
const commands: Readonly<Record<string, readonly string[]>> = {
  '# ip4': ['ip', '-4'],
  '# ip6': ['ip', '-6'],
  '# bridge': ['bridge'],
};
const networkLinks = [{ device: 'eth1', isUp: true, subnets: ['172.30.0.0/24', '2001:db8:30::/64'] }];
/** Group 1 was taken over, group 2 has just been given up. */
const announcements = [
  { group: 1, since: 1_700_000_000, leaving: false },
  { group: 2, since: 1_600_000_000, leaving: true },
];
const empty = { links: [], addresses: [], routes: [], rules: [], neighbours: [], fdb: [] };

/** A case rendered: file name to text. UPDATE_GOLDEN=1 writes them; read the difference before committing it. */
function render(name: string, change = (view: NodeView) => view): Record<string, string> {
  const read = (file: string): object => parse(readFileSync(join(folder, file), 'utf8')) as object;
  const view = viewOf({ ...read('base.yaml'), ...read(`${name}/in.yaml`) } as DataplaneCase);
  const { plan } = selectPlan(change(view));
  const batches = diffRoutes(empty, routeStateOf(plan, { device: 'eth0', mtu: 1500, isUp: true }, networkLinks));
  const bgp = bgpPlanOf(plan);
  const keepalived = renderKeepalived(plan, 'eth0', '/run/sallyport');
  return {
    'node.nft': diffTables([], [inetTable(plan), netdevTable(plan), bridgeTable(plan.marks.mask)])?.text ?? '',
    'node.routes': batches.map(({ tool: command, lines }) => `# ${command}\n${lines.join('\n')}\n`).join('\n'),
    ...(keepalived === undefined ? {} : { 'keepalived.conf': keepalived }),
    ...(bgp === undefined ? {} : { 'bird.conf': renderBird(bgp, announcements) }),
    ...Object.fromEntries(
      [...renderConntrackd(plan, 'eth0', '/run/sallyport')].map(([group, text]) => [`conntrackd-${group}.conf`, text]),
    ),
  };
}

await describeInNamespace(import.meta.url, 'data plane goldens', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'golden-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('there are cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(4);
  });

  it.each(cases)('%s: the files are as committed', (name) => {
    for (const [file, text] of Object.entries(render(name))) {
      const path = join(folder, name, file);
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
      expect(text).toBe(readFileSync(path, 'utf8'));
    }
    expect(readdirSync(join(folder, name)).sort()).toEqual(['in.yaml', ...Object.keys(render(name))].sort());
  });

  it.each(cases)('%s: the files are the same where a controller to come says more', (name) => {
    expect(render(name, withUnknownFields)).toEqual(render(name));
  });

  it.each(cases)('%s: ip, bridge, nft, keepalived and bird take them', (name) => {
    const files = render(name);
    const node = addNamespace(name);
    // Not every kernel has VLAN devices: the sub-interface is another pair, whose name has a dot.
    for (const [device, peer] of [
      ['eth0', 'uplink'],
      ['eth1', 'eth1.12'],
    ] as const) {
      node('ip', ['link', 'add', device, 'type', 'veth', 'peer', 'name', peer]);
      for (const end of [device, peer]) node('ip', ['link', 'set', end, 'up']);
    }
    node('ip', ['address', 'add', '192.0.2.11/24', 'dev', 'eth0']);
    node('ip', ['address', 'add', '2001:db8:2::11/64', 'dev', 'eth0', 'nodad']);
    for (const block of (files['node.routes'] ?? '').split(/^(?=# )/m)) {
      const [head = '', ...lines] = block.split('\n');
      const [command = 'false', ...family] = commands[head] ?? [];
      node(command, [...family, '-batch', '-'], lines.join('\n'));
    }
    node('nft', ['-f', '-'], files['node.nft'] ?? '');
    // What it takes it must also be able to show: nft 1.0.6 dies of some rules.
    expect(node('nft', ['list', 'table', 'inet', 'sallyport'])).toContain('chain guard');
    if (files['keepalived.conf'] !== undefined) {
      const path = join(scratch, `${name}.conf`);
      writeFileSync(path, files['keepalived.conf'], { mode: 0o600 });
      node('keepalived', ['-t', '-f', path]);
    }
    if (files['bird.conf'] !== undefined) {
      const path = join(scratch, `${name}-bird.conf`);
      writeFileSync(path, files['bird.conf'], { mode: 0o600 });
      node('bird', ['-p', '-c', path]);
    }
  });
});
