import { holds, readAddress, readRange } from './ip.ts';
import type { Reporting } from './status.ts';
import { verdict, writeConditions } from './verdict.ts';
import type { PoolObject } from './view.ts';

/** Status of an EgressAddressPool: how many addresses it has, and how many of them are in use. */
export function poolStatus({ view, decision }: Reporting, { spec, status, metadata }: PoolObject): unknown {
  const ranges = spec.addresses.map(readRange).filter((range) => range !== undefined);
  const total = ranges.reduce((sum, { first, last }) => sum + Number(last - first + 1n), 0);
  const used = decision.allocation.holdings.filter(({ address }) => {
    const ip = readAddress(address);
    return ranges.some((range) => ip !== undefined && holds(range, ip));
  }).length;
  const accepted = verdict('Accepted', 'True', 'Accepted', 'the addresses are in use');
  const previous = { conditions: status?.conditions ?? [], generation: metadata.generation, now: view.now };
  return { total, used, free: total - used, conditions: writeConditions([accepted], previous, view.wrong) };
}
