// A process of hollow nodes for `npm run bench -- hollow`: the agents' own code, each with its own client and rights, kernels in memory.
import { setTimeout as delay } from 'node:timers/promises';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { type Agent, startAgent } from '../../../src/agent/run.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { loadTestClient } from '../../support/kube-client.ts';
import { silentLog } from '../../support/silent-log.ts';
import { openSegment } from './failover.ts';
import { createHollowNode, type HollowNode, nodeDir } from './node.ts';
import type { AgentsAnswer, AgentsAsk, AgentsSetup } from './words.ts';

interface Running {
  readonly node: HollowNode;
  readonly agent: Agent;
  readonly over: AbortController;
}

const namespace = 'sallyport-system';
const mostStarting = 8;
const running = new Map<string, Running>();
const requests: Record<string, number> = {};
const segmentOf = ({ dir }: AgentsSetup) => openSegment(`${dir}/segment`);

process.on('message', (ask: AgentsAsk) => {
  answerTo(ask).then(
    (answer) => process.send?.({ id: ask.id, answer }),
    (error: unknown) => process.send?.({ id: ask.id, error: String(error) }),
  );
});
// Whose parent is gone has nothing to do any more.
process.on('disconnect', () => process.exit());

async function answerTo(ask: AgentsAsk): Promise<AgentsAnswer> {
  switch (ask.kind) {
    case 'start':
      for (const node of ask.setup.nodes) {
        // Thousands of TLS connections at once are more than an API server on the same two cores accepts in time.
        while (starting() >= mostStarting) await delay(50);
        await start(ask.setup, node);
      }
      break;
    case 'expect':
      for (const { node } of running.values()) node.expect(ask.text);
      break;
    case 'stop': {
      const one = running.get(ask.node);
      running.delete(ask.node);
      one?.over.abort();
      break;
    }
    case 'figures':
      break;
  }
  const all = [...running.values()];
  const { user, system } = process.cpuUsage();
  return {
    agents: all.length,
    ready: all.filter(({ agent }) => agent.ready().ok).length,
    pods: all.reduce((sum, { node }) => sum + node.pods(), 0),
    changes: all.reduce((sum, { node }) => sum + node.changes(), 0),
    asExpected: all.filter(({ node }) => node.isAsExpected()).length,
    requests: { ...requests },
    cpuMs: (user + system) / 1_000,
    residentMiB: process.memoryUsage.rss() / 2 ** 20,
  };
}

async function start(setup: AgentsSetup, { name, address, token }: AgentsSetup['nodes'][number]): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const segment = segmentOf(setup);
  const node = await createHollowNode({ name, address, dir: nodeDir(setup.dir, name), segment, signal });
  const onRequest = (verb: string) => {
    requests[verb] = (requests[verb] ?? 0) + 1;
  };
  const client = await loadTestClient(setup.server, { token, onRequest, oneConnection: true });
  const metrics = createMetrics();
  const agent = await startAgent({
    client,
    runner: node.runner,
    shells: node.shells,
    nodeName: name,
    namespace,
    runDir: node.runDir,
    allowMarkOverlap: false,
    criSocket: undefined,
    probeMs: undefined,
    version: 'hollow',
    metrics: registerMetrics(metrics),
    onScrape: metrics.onScrape,
    clock: systemClock,
    log: process.env['HOLLOW_LOG'] === undefined ? silentLog : loud,
    signal,
  });
  agent.done.then(
    () => client[Symbol.asyncDispose](),
    (error: unknown) => process.stderr.write(`${name}: ${String(error)}\n`),
  );
  running.set(name, { node, agent, over });
}

function starting(): number {
  return [...running.values()].filter(({ agent }) => !agent.ready().ok).length;
}

const write = (fields: object, message: string) =>
  void process.stderr.write(`${message} ${JSON.stringify(fields).slice(0, 300)}\n`);
const loud = { ...silentLog, warn: write, error: write };
