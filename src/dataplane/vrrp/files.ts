/** Where the agent leaves what the failover process runs by, below the run directory that both mount (decisions.md, Processes). */
export function failoverFiles(runDir: string) {
  const folder = `${runDir}/failover`;
  // `state` is the failover process's answer: "running" or "stopped".
  return { folder, keepalived: `${folder}/keepalived.conf`, state: `${folder}/state` } as const;
}
