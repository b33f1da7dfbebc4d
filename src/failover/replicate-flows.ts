import { createConntrack } from '../dataplane/conntrack/exec.ts';
import type { GroupFigures } from '../dataplane/replication/figures.ts';
import { parseReplicas, type Replica } from '../dataplane/replication/replicas.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { FlowsHeld } from '../dataplane/vrrp/state.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { readTextIfExists, watchFile } from '../platform/files.ts';
import type { Logger } from '../telemetry/log.ts';
import { type GroupReplication, replicateGroup } from './replicate-group.ts';
import type { SharedAddresses } from './share-addresses.ts';

export interface ReplicationOptions {
  readonly runDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly addresses: SharedAddresses;
  /** Whether this node could own the groups behind a next hop now: not when it is dead; undefined: whether none is. */
  couldOwn(hop: string | undefined): boolean;
  /** Has the function called whenever that may have changed. */
  onCouldOwn(changed: () => void): void;
  /** Seconds that a UDP flow lives without a packet; undefined: not known. */
  udpStreamSeconds(): Promise<number | undefined>;
  /** Told whether this node holds a group's flows whenever that changes; undefined: it no longer replicates them. */
  onHeld(group: number, held: FlowsHeld | undefined): void;
  /** Told what is known of a group's replication, now and then; undefined: nothing any more. */
  onFigures(group: number, figures: GroupFigures | undefined): void;
}

/**
 * Replicates the flows of the failover groups that the agent names, until the signal aborts. Who owns a group is read off the
 * node's addresses: keepalived may have been killed, and its word be old.
 */
export async function replicateFlows(options: ReplicationOptions): Promise<void> {
  const { runDir, log, signal } = options;
  const path = failoverFiles(runDir).replicas;
  const conntrack = createConntrack(options);
  let groups: readonly GroupReplication[] = [];
  let addresses: ReadonlySet<string> | undefined;
  let wake = () => {};
  const watching = watchFile(path, { signal, onChange: () => wake() });
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const tell = (group: GroupReplication) => {
    if (addresses !== undefined) {
      const { address, hop } = group.replica;
      group.tell(addresses.has(address), options.couldOwn(hop));
    }
  };
  options.onCouldOwn(() => groups.forEach(tell));
  const watch = options.addresses.subscribe({
    isOurs: (address) => groups.some(({ replica }) => replica.address === address),
    onAddresses: (held) => {
      addresses = new Set(held.map(({ address }) => address));
      groups.forEach(tell);
    },
  });
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const replicas = await readReplicas(path).catch((error: unknown) => {
        log.error({ error: String(error) }, 'replicas not known: those before are kept');
      });
      if (replicas !== undefined) {
        const kept = groups.filter(({ replica }) => replicas.some((each) => isSame(each, replica)));
        const gone = groups.filter((group) => !kept.includes(group));
        groups = kept;
        await Promise.all(gone.map((group) => group.end()));
        for (const { replica } of gone) {
          options.onFigures(replica.group, undefined);
          if (!replicas.some(({ group }) => group === replica.group)) options.onHeld(replica.group, undefined);
        }
        const fresh = replicas.filter((each) => !kept.some(({ replica }) => isSame(each, replica)));
        groups = [...kept, ...fresh.map((replica) => replicateGroup(replica, { ...options, conntrack }))];
        // Which addresses were of interest has changed: what is known may be old.
        if (fresh.length > 0) watch.restart();
        if (groups.length === 0) watch.stop();
      }
      await Promise.race([changed, aborted, watching, ...groups.map(({ done }) => done)]);
    }
  } finally {
    watch.stop();
    await Promise.all(groups.map((group) => group.end()));
  }
  await watching;
}

function isSame(a: Replica, b: Replica): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

async function readReplicas(path: string): Promise<readonly Replica[]> {
  const text = await readTextIfExists(path);
  return text === undefined ? [] : parseReplicas(text);
}
