import type { BgpSession } from '../dataplane/bgp/parse-protocols.ts';
import type { AgentMetrics } from './metrics.ts';

/** Keeps the metrics of BGP what the sessions are; those of peers that are no more are removed. */
export function createBgpMetrics(metrics: Pick<AgentMetrics, 'bgpSessionUp' | 'bgpRoutes'>): {
  tell(sessions: readonly BgpSession[]): void;
} {
  let known: ReadonlySet<string> = new Set();
  return {
    tell: (sessions) => {
      const peers = new Set(sessions.map(({ address }) => address));
      for (const { address: peer, established, announced } of sessions) {
        metrics.bgpSessionUp.set({ peer }, established ? 1 : 0);
        metrics.bgpRoutes.set({ peer }, established ? announced : 0);
      }
      for (const peer of [...known].filter((each) => !peers.has(each))) {
        metrics.bgpSessionUp.remove({ peer });
        metrics.bgpRoutes.remove({ peer });
      }
      known = peers;
    },
  };
}
