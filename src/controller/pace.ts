import type { EgressClusterStatus } from '../api/kinds.ts';
import { resources } from '../api/resources.ts';
import { sameData } from '../compile/canonical-json.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import type { Clock } from '../platform/clock.ts';
import type { Write } from './writes.ts';

type Stages = readonly (readonly Write[])[];

export interface Pace {
  /** The stages that may go out now; `waitMs`: until one that was held back may. */
  admit(
    stages: Stages,
    snapshot: Pick<Snapshot, 'cluster' | 'egressNodes'>,
  ): {
    readonly stages: Stages;
    readonly waitMs?: number;
  };
}

/** What an API server may be asked to send because Nodes come and go, bytes a second. */
const bytesPerSecond = 20e6;
const longestMs = 5_000;
/** The server remembers who wrote each entry of a list (managedFields), about as much as the entries themselves. */
const managed = 2;

/**
 * Every agent receives the status of EgressCluster whole, and it has an entry for each Node: where Nodes come and go all the time it is
 * written the less often the larger the cluster is. What a Gateway waits for goes out at once, and Nodes' numbers with it.
 */
export function createPace(clock: Clock): Pace {
  let mayGoAt = Number.NEGATIVE_INFINITY;
  return {
    admit: (stages, { cluster, egressNodes }) => {
      const found = stages.flat().find(isNumbers);
      if (found === undefined) return { stages };
      const waitMs = mayGoAt - clock.monotonic();
      if (waitMs > 0 && isOfNodesAlone(cluster?.status, statusOf(found))) {
        const left = stages.map((stage) => stage.filter((write) => write !== found));
        return { stages: left.filter((stage) => stage.length > 0), waitMs };
      }
      const bytes = JSON.stringify(found.body).length * managed * egressNodes.length;
      mayGoAt = clock.monotonic() + Math.min(longestMs, (bytes / bytesPerSecond) * 1_000);
      return { stages };
    },
  };
}

type Numbers = Extract<Write, { readonly kind: 'swap' }>;

const isNumbers = (write: Write): write is Numbers =>
  write.kind === 'swap' && write.resource === resources.egressClusters && write.subresource === 'status';

const statusOf = ({ body }: Numbers): EgressClusterStatus => (body['status'] ?? {}) as EgressClusterStatus;

function isOfNodesAlone(now: EgressClusterStatus = {}, wanted: EgressClusterStatus): boolean {
  return (['groups', 'identities', 'conditions'] as const).every((key) => sameData(now[key] ?? [], wanted[key] ?? []));
}
