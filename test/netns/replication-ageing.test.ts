import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProcess, waitUntil } from '../support/child-process.ts';
import { startCluster, type TestCluster } from '../support/dataplane/cluster.ts';
import { inside } from '../support/dataplane/network.ts';
import { outside, owner, standby, third } from '../support/dataplane/places.ts';
import { moveGroup, startReplication, type TestReplication } from '../support/dataplane/replication.ts';
import { describeInNamespace } from '../support/netns.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** What a UDP flow lives without a packet, in s; by default 120. */
const streamSeconds = 8;
const busySeconds = 3 * streamSeconds + 2;

await describeInNamespace(import.meta.url, 'the copy of a busy UDP flow', () => {
  let cluster: TestCluster;
  let replications: readonly TestReplication[] = [];
  beforeAll(async () => {
    cluster = await startCluster();
    const pair = [owner, standby];
    for (const node of pair)
      inside(node.name)('sysctl', ['-qw', `net.netfilter.nf_conntrack_udp_timeout_stream=${streamSeconds}`]);
    replications = await Promise.all(pair.map((node) => startReplication(node, cluster.agent(node), cluster.state)));
    const areSynced = async () => replications.every(({ held }) => held(1) === 'Synced');
    await waitUntil(areSynced, { what: 'the standby to hold the flows', limit: 20_000 });
  });
  afterAll(async () => {
    await Promise.all(replications.map((replication) => replication[Symbol.asyncDispose]()));
  });

  it('outlives its timeout, and after a move the outside may speak first', async () => {
    const say = (word: string, last: string) =>
      `(for n in $(seq ${busySeconds * 5}); do echo ${word}; sleep 0.2; done; ${last})`;
    const server = `${say('tick', 'sleep 4; echo late; sleep 2')} | socat - UDP4-LISTEN:9001,bind=${outside.ip},reuseaddr`;
    startProcess(['nsenter', `--net=/run/netns/${outside.name}`, 'sh', '-c', server], '/dev/null');
    await sleep(500);
    const client = `${say('hello', 'sleep 6')} | socat -t 1 - UDP:${outside.ip}:9001,sourceport=45021`;
    const talking = promisify(execFile)('nsenter', [`--net=/run/netns/pod-${third.name}`, 'sh', '-c', client]);
    const lived: number[] = [];
    const started = performance.now();
    while (performance.now() - started < busySeconds * 1_000) {
      const flows = await cluster.agent(standby).conntrack.list();
      const copy = flows.find(({ source, sourcePort }) => /^198\.1[89]\./.test(source) && sourcePort === 45_021);
      // It is copied when it has lived for two seconds.
      if (performance.now() - started > 4_000) lived.push(copy?.timeout ?? 0);
      await sleep(250);
    }
    expect(Math.min(...lived)).toBeGreaterThan(0);
    await sleep(1_000);
    moveGroup(owner, standby);
    const { stdout } = await talking;
    expect(stdout.match(/tick/g)?.length).toBe(busySeconds * 5);
    expect(stdout).toMatch(/late\n$/);
  });
});
