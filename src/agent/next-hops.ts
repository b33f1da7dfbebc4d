import { findNextHop, type NextHop } from '../dataplane/vrrp/next-hops.ts';
import type { Runner } from '../platform/exec.ts';

export interface NextHopCache {
  /** The next hops of the devices that have one; spawns nothing for no devices, and nothing twice until `forget`. Throws ExecError or SyntaxError. */
  read(devices: readonly string[]): Promise<readonly NextHop[]>;
  /** A default route changed: the next `read` reads. */
  forget(): void;
}

/** The default routes of the main table (`ip -j route`, iproute2 ≥ 6.1). */
export function createNextHopCache(runner: Runner): NextHopCache {
  let known: string | undefined;
  let age = 0;
  const readRoutes = async () => {
    if (known !== undefined) return known;
    const before = age;
    const { stdout } = await runner.run('ip', ['-N', '-j', '-4', 'route', 'show', 'default']);
    if (age === before) known = stdout;
    return stdout;
  };
  return {
    read: async (devices) => {
      if (devices.length === 0) return [];
      const routes = await readRoutes();
      return devices.flatMap((device) => findNextHop(routes, device) ?? []);
    },
    forget: () => {
      age += 1;
      known = undefined;
    },
  };
}
