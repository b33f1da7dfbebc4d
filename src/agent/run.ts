import { selectPlan } from '../compile/select.ts';
import { createConntrack } from '../dataplane/conntrack/exec.ts';
import { createNft } from '../dataplane/nft/exec.ts';
import { createRouting } from '../dataplane/route/exec.ts';
import { createSysctls } from '../dataplane/sysctl/exec.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { KubeClient } from '../kube/client.ts';
import { runHeartbeat } from '../kube/lease.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { watchFile } from '../platform/files.ts';
import { makeFolder } from '../platform/folders.ts';
import { createDebounce } from '../platform/timers.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Readiness } from '../telemetry/server.ts';
import { type Converged, createConverger } from './converge.ts';
import { createKernel, owned } from './kernel.ts';
import type { AgentMetrics } from './metrics.ts';
import { startReporter } from './publish-report.ts';
import { reportOf } from './report.ts';
import { watchAddresses } from './roles.ts';
import { startWatches, type Watches } from './watches.ts';

export interface AgentOptions {
  readonly client: KubeClient;
  readonly runner: Runner;
  readonly nodeName: string;
  readonly namespace: string;
  readonly runDir: string;
  readonly version: string;
  readonly metrics: AgentMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Agent {
  ready(): Readiness;
  /** Resolves after abort; what was programmed stays: an agent's end is no node's end. */
  readonly done: Promise<void>;
}

/** Starts a node's agent: watches, and makes the kernel what the watched objects mean whenever either changes. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { client, clock, log, signal, runDir, nodeName, metrics } = options;
  await makeFolder(failoverFiles(runDir).folder);
  const nft = createNft(options);
  const routing = createRouting(options);
  const kernel = createKernel({ nft, routing, sysctls: createSysctls() });
  const converger = createConverger({ ...options, kernel, conntrack: createConntrack(options) });
  const reporter = startReporter(options);
  let converged = false;
  let trigger = () => {};
  const watches = startWatches({
    client,
    clock,
    signal,
    nodeName,
    onChange: () => trigger(),
    onState: ({ resource, kind, ...state }) => log.debug({ ...state, state: kind, kind: resource.kind }, 'watch'),
    onBadObject: (resource, { key, error }) =>
      log.warn({ kind: resource.kind, key, error: String(error) }, 'unreadable object left out'),
  });
  const round = async () => {
    const result = await convergeOnce(watches, converger);
    if (result === undefined) return;
    converged ||= result.outcome.kind === 'applied';
    reporter.publish({ ...result.report, status: reportOf({ ...result.input, version: options.version }) });
    if (result.outcome.kind === 'failed') clock.sleep(1_000, signal).then(trigger, () => {});
  };
  const debounce = createDebounce({ clock, signal, windowMs: 20, maxWaitMs: 100, run: round });
  trigger = debounce.trigger;

  const heal = (part: 'nft' | 'routes') => {
    kernel.forget(part);
    converger.invalidate(part);
    trigger();
  };
  const work = [
    debounce.done,
    reporter.done,
    nft.watch({
      tables: owned.tables,
      signal,
      onChange: (change) => {
        if (change.kind === 'foreign')
          log.warn({ ...change }, 'somebody changed our nftables tables: putting them right');
        heal('nft');
      },
    }),
    routing.watch({ owned: owned.routes, signal, onChange: () => heal('routes') }),
    watchAddresses({
      ...options,
      onChange: () => {
        converger.invalidate('addresses');
        trigger();
      },
    }),
    watchFile(failoverFiles(runDir).state, {
      signal,
      onChange: () => {
        converger.invalidate('addresses');
        trigger();
      },
    }),
    runHeartbeat({
      client,
      clock,
      signal,
      namespace: options.namespace,
      name: `sallyport-agent-${nodeName}`,
      holder: nodeName,
      durationSeconds: 40,
      intervalMs: 10_000,
      onError: (error) => log.warn({ error: String(error) }, 'heartbeat'),
    }),
  ];
  metrics.selectedPods.set({}, 0);
  return {
    ready: () => {
      const missing = watches.missing();
      if (missing.length > 0) return { ok: false, missing };
      return converged ? { ok: true } : { ok: false, missing: ['the first plan in the kernel'] };
    },
    done: Promise.all(work).then(() => {}),
  };
}

async function convergeOnce(
  watches: Watches,
  converger: ReturnType<typeof createConverger>,
): Promise<Converged | undefined> {
  const view = watches.view();
  return view === undefined ? undefined : await converger.converge(view, selectPlan(view));
}
