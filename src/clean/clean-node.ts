import { owned } from '../agent/kernel.ts';
import type { Conntrack } from '../dataplane/conntrack/exec.ts';
import { planDeletions } from '../dataplane/conntrack/plan.ts';
import { sysctlsOf } from '../dataplane/desired/sysctls.ts';
import { diffRoutes } from '../dataplane/route/diff.ts';
import type { Routing } from '../dataplane/route/exec.ts';
import type { RouteState } from '../dataplane/route/model.ts';
import type { Sysctls } from '../dataplane/sysctl/exec.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { makeEmptyFolder } from '../platform/folders.ts';
import { endFailover } from './failover-leftovers.ts';
import { flowSigns, ourFlows } from './flows.ts';
import { readLeftovers, removeLeftovers } from './leftovers.ts';

export interface CleanOptions {
  /** The folder that agent and failover process shared. */
  readonly runDir: string;
  readonly runner: Runner;
  readonly routing: Routing;
  readonly conntrack: Conntrack;
  readonly sysctls: Sysctls;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What cleaning did, and what it could not do. */
export interface Cleaned {
  /** How many things were taken away. */
  readonly removed: number;
  /** What is still there, in words; empty: nothing. */
  readonly left: readonly string[];
  /** Settings that Sallyport needed, as they are now, `net/ipv4/ip_forward=1`: what they were before nobody knows. */
  readonly settings: readonly string[];
}

const nothing: RouteState = { links: [], addresses: [], routes: [], rules: [], neighbours: [], fdb: [] };
/** Taking an address away may take more than was asked: it is read and compared again. */
const rounds = 3;

/**
 * Takes what is ours out of the node: the failover process's addresses first, then routes and devices (until the tables go, what is selected
 * is dropped), the tables, the flows, the files. Run again it does nothing. Throws ExecError or SyntaxError when the node cannot be looked at.
 */
export async function cleanNode(options: CleanOptions): Promise<Cleaned> {
  const { runDir, runner, routing, conntrack } = options;
  const { removed: addresses, tunnelAddresses } = await endFailover(options);
  const before = await routing.read(owned.routes);
  const signs = flowSigns(before);
  let lines = 0;
  for (let round = 0; round < rounds; round += 1) {
    const batches = diffRoutes(round === 0 ? before : await routing.read(owned.routes), nothing);
    if (batches.length === 0) break;
    lines += batches.reduce((sum, batch) => sum + batch.lines.length, 0);
    await routing.apply(batches);
  }
  const leftovers = await readLeftovers(runner);
  await removeLeftovers(runner, leftovers);
  for (const address of tunnelAddresses)
    await runner.run('ip', ['neigh', 'flush', 'to', address], { acceptExitCodes: [0, 1, 2] });
  const flows = await conntrack.list();
  const ended = await conntrack.remove(planDeletions(flows, ourFlows(flows, signs), signs.mask));
  await makeEmptyFolder(`${runDir}/failover`).catch(() => {});
  const removed = addresses.length + lines + Object.values(leftovers).flat().length + ended;
  return { removed, left: await leftBehind(options), settings: await settingsOf(options.sysctls) };
}

async function leftBehind({ routing, runner }: CleanOptions): Promise<readonly string[]> {
  const state = await routing.read(owned.routes);
  const { tables, devices, neighbours } = await readLeftovers(runner);
  return [
    ...tables.map((table) => `nftables table ${table}`),
    ...devices.map((device) => `device ${device}`),
    ...neighbours.map((entry) => `neighbour ${entry}`),
    ...state.routes.map(({ destination, table }) => `route to ${destination} in table ${table}`),
    ...state.rules.map(({ priority, family }) => `IPv${family} rule ${priority}`),
  ];
}

async function settingsOf(sysctls: Sysctls): Promise<readonly string[]> {
  // Those of our own devices are gone with them.
  const keys = [...sysctlsOf().keys()].filter((key) => !key.includes('/conf/'));
  return [...(await sysctls.read(keys))].flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
}
