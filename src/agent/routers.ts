import type { NodePlan, PlanGroup } from '../compile/node-plan.ts';
import { tables } from '../dataplane/desired/names.ts';
import { parseList, textOf } from '../dataplane/route/json.ts';
import { canonicalIp } from '../net/ip.ts';
import type { Runner } from '../platform/exec.ts';

export interface Routers {
  /** Has the kernel know the MACs of the routers that this node's groups send to, once each until `forget`. Throws ExecError or SyntaxError. */
  keep(plan: Pick<NodePlan, 'groups'>, underlayDevice: string): Promise<void>;
  /** A default route changed: the next `keep` looks. */
  forget(): void;
}

/**
 * A standby seldom talks to the router, and when it takes over, the first answer to its question may come to an address that it has only half:
 * IPv6 asks again after a second (RFC 4861 §7.2.2), and so long nothing of that family leaves. So candidates keep the entry fresh
 * beforehand: `managed` (ip-neighbour(8), kernel 5.16). Runs `ip` (≥ 6.1), on candidates, only when something changed.
 */
export function createRouters({ runner }: { readonly runner: Runner }): Routers {
  let kept: string | undefined;
  const gatewaysOf = async (device: string, table: number): Promise<readonly string[]> => {
    const at = table === tables.main ? [] : ['table', `${table}`];
    const print = (family: string) =>
      runner.run('ip', ['-N', '-j', family, 'route', 'show', 'default', 'dev', device, ...at], {
        acceptExitCodes: [0, 2],
      });
    const texts = await Promise.all([print('-4'), print('-6')]);
    return texts.flatMap(({ stdout, exitCode }) =>
      exitCode === 0
        ? parseList(stdout, 'ip route').flatMap((route) => canonicalIp(textOf(route['gateway']) ?? '') ?? [])
        : [],
    );
  };
  const routersOf = async (device: string, { vrrp }: PlanGroup): Promise<readonly string[]> => {
    if (vrrp?.routes?.kind !== 'own') return await gatewaysOf(device, vrrp?.routes?.table ?? tables.main);
    return [vrrp.routes.gateway4, vrrp.routes.gateway6].filter((address) => address !== undefined);
  };
  return {
    forget: () => {
      kept = undefined;
    },
    keep: async ({ groups }, underlayDevice) => {
      const held = groups.filter(({ vrrp }) => vrrp !== undefined);
      const key = JSON.stringify(held.map(({ vrrp }) => [vrrp?.networkInterface ?? underlayDevice, vrrp?.routes]));
      if (key === kept) return;
      const wanted = new Set<string>();
      for (const group of held) {
        const device = group.vrrp?.networkInterface ?? underlayDevice;
        for (const router of await routersOf(device, group)) wanted.add(`${router} ${device}`);
      }
      for (const [address = '', device = ''] of [...wanted].map((entry) => entry.split(' ')))
        await runner.run('ip', ['neigh', 'replace', address, 'dev', device, 'managed'], { acceptExitCodes: [0, 2] });
      kept = key;
    },
  };
}
