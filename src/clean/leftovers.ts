import { ownVlans } from '../agent/vlan-links.ts';
import { devices } from '../dataplane/desired/names.ts';
import { probeDevices } from '../dataplane/desired/probe.ts';
import { isJson, parseList, textOf } from '../dataplane/route/json.ts';
import { canonicalIp } from '../net/ip.ts';
import type { Runner } from '../platform/exec.ts';

/** What has our name in the kernel beside routes and rules. */
export interface Leftovers {
  /** nftables tables, `inet sallyport`. */
  readonly tables: readonly string[];
  readonly devices: readonly string[];
  /** Entries for routers that candidates had the kernel keep fresh (`ip neigh … managed`), `ADDRESS DEVICE`. */
  readonly neighbours: readonly string[];
}

/** What is there now. Throws ExecError, and SyntaxError where a tool prints no JSON. */
export async function readLeftovers(runner: Runner): Promise<Leftovers> {
  const print = async (command: string, ...args: string[]) => (await runner.run(command, args)).stdout;
  const [ruleset, links, vlans, neighbours] = await Promise.all([
    print('nft', '-j', 'list', 'tables'),
    print('ip', '-j', 'link', 'show'),
    print('ip', '-d', '-j', 'link', 'show', 'type', 'vlan'),
    // In text: iproute2 6.1 has no flag in its JSON.
    print('ip', 'neigh', 'show'),
  ]);
  return {
    tables: ourTables(ruleset),
    devices: [...ourDevices(links), ...ownVlans(vlans)],
    neighbours: managedNeighbours(neighbours),
  };
}

/** Removes them, in one transaction what is nftables'; what is gone meanwhile is no error. */
export async function removeLeftovers(runner: Runner, leftovers: Leftovers): Promise<void> {
  const { tables, neighbours } = leftovers;
  if (tables.length > 0)
    await runner.run('nft', ['-f', '-'], { input: tables.map((table) => `delete table ${table}\n`).join('') });
  for (const device of leftovers.devices)
    await runner.run('ip', ['link', 'del', 'dev', device], { acceptExitCodes: [0, 1] });
  for (const [address = '', device = ''] of neighbours.map((entry) => entry.split(' ')))
    await runner.run('ip', ['neigh', 'del', address, 'dev', device], { acceptExitCodes: [0, 2] });
}

/** Pure: our tables in what `nft -j list tables` prints; the agent's beside its main ones are called `sallyport-…`. */
export function ourTables(text: string): readonly string[] {
  const parsed: unknown = JSON.parse(text);
  const list = isJson(parsed) && Array.isArray(parsed['nftables']) ? parsed['nftables'] : [];
  return list.flatMap((entry: unknown) => {
    const table = isJson(entry) && isJson(entry['table']) ? entry['table'] : {};
    const name = textOf(table['name']);
    const family = textOf(table['family']);
    return name !== undefined && family !== undefined && /^sallyport(-[a-z0-9]+)?$/.test(name)
      ? [`${family} ${name}`]
      : [];
  });
}

const names: ReadonlySet<string> = new Set([...Object.values(devices), ...Object.values(probeDevices)]);

function ourDevices(text: string): readonly string[] {
  const present = parseList(text, 'ip link').flatMap((json) => textOf(json['ifname']) ?? []);
  return present.filter((device) => names.has(device));
}

/** Pure: entries with the flag `managed` in what `ip neigh show` prints. */
export function managedNeighbours(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, address = '', device] = /^(\S+) dev (\S+)(?: .*)? managed\b/.exec(line) ?? [];
    const canonical = canonicalIp(address);
    return canonical === undefined || device === undefined ? [] : [`${canonical} ${device}`];
  });
}
