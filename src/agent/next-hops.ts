import { tables } from '../dataplane/desired/names.ts';
import { findNextHop, type HopQuestion, type NextHop } from '../dataplane/vrrp/next-hops.ts';
import type { Runner } from '../platform/exec.ts';

export interface NextHopCache {
  /** The next hops that there are; spawns nothing where none must be looked up, and nothing twice until `forget`. Throws ExecError or SyntaxError. */
  read(questions: readonly HopQuestion[]): Promise<readonly NextHop[]>;
  /** A default route changed: the next `read` reads. */
  forget(): void;
}

/** The default routes of the main table, and of those that networks name (`ip -j route`, iproute2 ≥ 6.1). */
export function createNextHopCache(runner: Runner): NextHopCache {
  let known = new Map<number, string>();
  const readRoutes = async (table: number) => {
    const before = known;
    const text = before.get(table);
    if (text !== undefined) return text;
    const other = table === tables.main ? [] : ['table', `${table}`];
    // 2: a table in which there never was a route does not exist.
    const options = { acceptExitCodes: [0, 2] };
    const { stdout, exitCode } = await runner.run(
      'ip',
      ['-N', '-j', '-4', 'route', 'show', 'default', ...other],
      other.length === 0 ? undefined : options,
    );
    const routes = exitCode === 0 ? stdout : '[]';
    before.set(table, routes);
    return routes;
  };
  const find = async ({ name, device, address, table }: HopQuestion): Promise<NextHop | undefined> => {
    if (address !== undefined) return { name, device, address };
    const hop = table === undefined ? undefined : findNextHop(await readRoutes(table), device);
    return hop && { name, ...hop };
  };
  return {
    read: async (questions) => {
      const hops: NextHop[] = [];
      for (const question of questions) {
        const hop = await find(question);
        if (hop !== undefined) hops.push(hop);
      }
      return hops;
    },
    forget: () => {
      known = new Map();
    },
  };
}
