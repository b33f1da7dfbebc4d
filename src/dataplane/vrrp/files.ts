/** Where the agent leaves what the failover process runs by, below the run directory that both mount (decisions.md, Processes). */
export function failoverFiles(runDir: string) {
  return { folder: `${runDir}/failover`, keepalived: `${runDir}/failover/keepalived.conf` } as const;
}
