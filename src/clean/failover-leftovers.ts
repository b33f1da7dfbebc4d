import { groupAddressesOf } from '../dataplane/vrrp/addresses.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import { parseFailoverState } from '../dataplane/vrrp/state.ts';
import { addressIn, type HeldAddress } from '../failover/watch-addresses.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { readTextIfExists } from '../platform/files.ts';
import { removeFile } from '../platform/folders.ts';

export interface FailoverLeftoverOptions {
  readonly runDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** keepalived gives its addresses up within a second, and is killed after five. */
const patienceMs = 10_000;
const lookMs = 200;

/**
 * Has a failover process that still runs end its daemons, by removing the files that it follows, and takes away the addresses that
 * keepalived left on the node; resolves to these and to the tunnel addresses of the node's groups. Throws ExecError.
 */
export async function endFailover(
  options: FailoverLeftoverOptions,
): Promise<{ readonly removed: readonly HeldAddress[]; readonly tunnelAddresses: readonly string[] }> {
  const { runDir, runner, clock, signal } = options;
  const files = failoverFiles(runDir);
  const groups = groupAddressesOf((await readTextIfExists(files.keepalived)) ?? '');
  const followed = [files.keepalived, files.bgp, files.replicas, files.nextHops];
  await Promise.all(followed.map(removeFile));
  const isRunning = async () => parseFailoverState(await readTextIfExists(files.state)).running;
  for (const end = clock.monotonic() + patienceMs; (await isRunning()) && clock.monotonic() < end; )
    await clock.sleep(lookMs, signal);
  const wanted = new Set(groups.flatMap(({ addresses }) => addresses.map((each) => `${each.address} ${each.device}`)));
  const { stdout } = await runner.run('ip', ['-o', 'addr', 'show'], { signal });
  const held = stdout.split('\n').flatMap((line) => addressIn(line) ?? []);
  const removed = held.filter(({ address, device }) => wanted.has(`${address} ${device}`));
  for (const { address, length, device } of removed)
    await runner.run('ip', ['addr', 'del', `${address}/${length}`, 'dev', device], { acceptExitCodes: [0, 2], signal });
  return { removed, tunnelAddresses: groups.flatMap(({ addresses }) => addresses[0]?.address ?? []) };
}
