import type { NodePlan } from '../compile/node-plan.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Role } from './report.ts';

/** Pure: the roles of this node, from the addresses that it holds and whether its keepalived runs. */
export function rolesOf(
  plan: NodePlan,
  addresses: ReadonlySet<string>,
  keepalivedRuns: boolean,
): ReadonlyMap<number, Role> {
  const held = plan.groups.filter(({ vrrp }) => vrrp !== undefined);
  return new Map(
    held.map(({ group, tunnel4, tunnel6 }): [number, Role] => {
      const isOwner = [tunnel4, tunnel6].some((address) => address !== undefined && addresses.has(address));
      // An address that nobody moves any more is a fault, even where it is.
      return [group, !keepalivedRuns ? 'Fault' : isOwner ? 'Owner' : 'Standby'];
    }),
  );
}

export interface AddressWatch {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onChange(): void;
}

/** Calls whenever an address of the node comes or goes (`ip monitor address`), and once at the start, until the signal aborts. */
export async function watchAddresses({ runner, clock, signal, onChange }: AddressWatch): Promise<void> {
  while (!signal.aborted) {
    onChange();
    await runner.lines('ip', ['monitor', 'address'], { signal, onLine: () => onChange() }).catch(() => {});
    await clock.sleep(1_000, signal).catch(() => {});
  }
}
