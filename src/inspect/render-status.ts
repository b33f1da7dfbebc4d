import type { GatewayLine } from './status.ts';
import { renderAge, renderTable } from './table.ts';

/** Gateways as a table, and below it what is wrong with them; `wide` adds what the data plane goes by. `now` in ms. */
export function renderStatus(
  lines: readonly GatewayLine[],
  { wide, now }: { readonly wide: boolean; readonly now: number },
): string {
  if (lines.length === 0) return 'no Gateway of a class of ours\n';
  const head = ['CLASS', 'GATEWAY', 'STATE', 'ADDRESSES', 'OWNER', 'SINCE', 'STANDBYS', 'PODS'];
  const rows = lines.map((line) => [
    line.gatewayClass,
    line.gateway,
    line.state,
    line.addresses.join(',') || '-',
    line.owner ?? '-',
    line.since === undefined ? '-' : renderAge(now - Date.parse(line.since)),
    line.standbys.join(',') || '-',
    line.pods === undefined ? '-' : `${line.pods}`,
    ...(wide ? [line.group === undefined ? '-' : `${line.group}`, line.tunnelAddress ?? '-'] : []),
  ]);
  const problems = lines.flatMap(({ gateway, problems: own }) => own.map((problem) => `${gateway}: ${problem}\n`));
  const table = renderTable([wide ? [...head, 'GROUP', 'TUNNEL'] : head, ...rows]);
  return problems.length === 0 ? table : `${table}\n${problems.join('')}`;
}
