import { tables } from '../dataplane/desired/names.ts';
import { findNextHop, type HopQuestion, type NextHop } from '../dataplane/vrrp/next-hops.ts';
import type { Family } from '../net/ip.ts';
import type { Runner } from '../platform/exec.ts';

export interface NextHopCache {
  /** The next hops that there are; spawns nothing where none must be looked up, and nothing twice until `forget`. Throws ExecError or SyntaxError. */
  read(questions: readonly HopQuestion[]): Promise<readonly NextHop[]>;
  /** A default route changed: the next `read` reads. */
  forget(): void;
}

/** The default routes of the main table, and of those that networks name (`ip -j route`, iproute2 ≥ 6.1). */
export function createNextHopCache(runner: Runner): NextHopCache {
  let known = new Map<string, string>();
  const readRoutes = async (table: number, family: Family) => {
    const before = known;
    const key = `${family} ${table}`;
    const text = before.get(key);
    if (text !== undefined) return text;
    const other = table === tables.main ? [] : ['table', `${table}`];
    // 2: a table in which there never was a route does not exist.
    const options = { acceptExitCodes: [0, 2] };
    const { stdout, exitCode } = await runner.run(
      'ip',
      ['-N', '-j', `-${family}`, 'route', 'show', 'default', ...other],
      other.length === 0 ? undefined : options,
    );
    const routes = exitCode === 0 ? stdout : '[]';
    before.set(key, routes);
    return routes;
  };
  const find = async ({ name, device, addresses, table, families }: HopQuestion): Promise<readonly NextHop[]> => {
    const hops: NextHop[] = addresses.map((address) => ({ name, device, address }));
    for (const family of table === undefined ? [] : families) {
      const hop = findNextHop(await readRoutes(table ?? tables.main, family), device);
      if (hop !== undefined) hops.push({ name, ...hop });
    }
    return hops;
  };
  return {
    read: async (questions) => {
      const hops: NextHop[] = [];
      for (const question of questions) hops.push(...(await find(question)));
      return hops;
    },
    forget: () => {
      known = new Map();
    },
  };
}
