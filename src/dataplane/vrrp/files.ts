/** Where the agent leaves what the failover process runs by, below the run directory that both mount (decisions.md, Processes). */
export function failoverFiles(runDir: string) {
  const folder = `${runDir}/failover`;
  return {
    folder,
    keepalived: `${folder}/keepalived.conf`,
    nextHops: `${folder}/next-hops.json`,
    /** The failover groups whose flows are replicated (`replication/replicas.ts`). */
    replicas: `${folder}/replicas.json`,
    /** By failover group: the agent's configuration, conntrackd's control socket and lock. */
    conntrackd: (group: number) => ({
      config: `${folder}/conntrackd-${group}.conf`,
      socket: `${folder}/conntrackd-${group}.ctl`,
      lock: `${folder}/conntrackd-${group}.lock`,
    }),
    /** What is announced by BGP, and to whom (`bgp/model.ts`); BIRD's configuration, of the failover process, and control socket. */
    bgp: `${folder}/bgp.json`,
    bird: { config: `${folder}/bird.conf`, socket: `${folder}/bird.ctl` },
    /** The failover process's answer (`state.ts`). */
    state: `${folder}/state`,
    /** What it knows of the replication of flows, for metrics (`replication/figures.ts`). */
    figures: `${folder}/replication.json`,
    /** The failover process's verdicts, a file per next hop that keepalived follows: 1 where it is dead, else 0. */
    verdicts: `${folder}/next-hop`,
    verdict: (hop: string) => `${folder}/next-hop/${hop}`,
  } as const;
}
