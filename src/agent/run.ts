import type { EgressNodeReportStatus } from '../api/kinds.ts';
import type { Pod } from '../api/pod.ts';
import { resources } from '../api/resources.ts';
import { tableName } from '../dataplane/desired/names.ts';
import { readCounters } from '../dataplane/nft/counters.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { KubeClient } from '../kube/client.ts';
import { runHeartbeat } from '../kube/lease.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { makeFolder } from '../platform/folders.ts';
import { createDebounce } from '../platform/timers.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Readiness } from '../telemetry/server.ts';
import { startAsking } from './ask-answers.ts';
import { createClaims } from './claims.ts';
import { watchPressure } from './conntrack-pressure.ts';
import { createConverger } from './converge.ts';
import { watchDisturbances } from './disturbances.ts';
import { createEndedAddresses } from './ended-addresses.ts';
import { uidsByAddress } from './join-pods.ts';
import { readKeepalivedFile } from './keepalived-file.ts';
import { createKernel } from './kernel.ts';
import { startMeasuring } from './measure.ts';
import type { AgentMetrics } from './metrics.ts';
import type { NodeShells } from './node-shells.ts';
import { followPodAddresses } from './pod-addresses.ts';
import { createPodDelay } from './pod-delay.ts';
import { createPodLinks, readHostLink } from './pod-links.ts';
import { beaconsOf, watchPodPath } from './pod-path.ts';
import { startProber } from './probe-addresses.ts';
import { startReporter } from './publish-report.ts';
import { followReplication } from './replication-metrics.ts';
import { reportOf } from './report.ts';
import { startSelfProbe } from './self-probe.ts';
import { startWatches } from './watches.ts';

export interface AgentOptions {
  readonly client: KubeClient;
  readonly runner: Runner;
  readonly shells: NodeShells;
  readonly nodeName: string;
  readonly namespace: string;
  readonly runDir: string;
  readonly allowMarkOverlap: boolean;
  /** The container runtime's unix socket; undefined: Pod addresses come from the API alone. */
  readonly criSocket: string | undefined;
  /** Between two self-probes of one Gateway, ms; undefined: none are made, none answered. */
  readonly probeMs: number | undefined;
  readonly version: string;
  readonly metrics: AgentMetrics;
  /** As `Metrics` has it. */
  onScrape(collect: () => Promise<void>): void;
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
  const { client, clock, log, signal, nodeName, metrics } = options;
  const { nft, routing, sysctls, conntrack, neighbours } = options.shells;
  // All that keepalived.conf names, also before the failover process has begun.
  await makeFolder(failoverFiles(options.runDir).verdicts);
  const kernel = createKernel({ nft, routing, sysctls });
  const ended = createEndedAddresses({ ...options, nft });
  const prober = startProber({
    ...options,
    neighbours: neighbours.claiming,
    onChange: () => trigger(),
  });
  const converger = createConverger({
    ...options,
    ...{ kernel, conntrack, retire: ended.retire },
    claims: createClaims({ prober, readConfig: () => readKeepalivedFile(options.runDir) }),
  });
  const reporter = startReporter(options);
  const measuring = startMeasuring(options);
  const podDelay = createPodDelay(clock, (seconds) => metrics.podProgrammed.observe({}, seconds));
  let programmed = false;
  let trigger = () => {};
  let hurry = () => {};
  const asker = startAsking({ ...options, neighbours: neighbours.asking, onChange: () => trigger() });
  const selfProbe = startSelfProbe({ ...options, sysctls, onChange: () => trigger() });
  const pressure = watchPressure({ ...options, onChange: () => trigger() });
  const podPath = watchPodPath({
    ...options,
    readCounters: () => readCounters(options.runner, { family: 'inet', name: tableName }),
    onChange: () => trigger(),
  });
  const watches = startWatches({
    client,
    clock,
    signal,
    nodeName,
    onChange: (change) => {
      if (change?.resource === resources.pods) podDelay.heard();
      trigger();
    },
    onState: ({ resource, kind, ...state }) => {
      if (kind === 'waiting') metrics.watchFailures.add({ kind: resource.kind });
      log.debug({ ...state, state: kind, kind: resource.kind }, 'watch');
    },
    onBadObject: (resource, { key, error }) =>
      log.warn({ kind: resource.kind, key, error: String(error) }, 'unreadable object left out'),
  });
  let joined: readonly Pod[] = [];
  // The round that follows tries again.
  const cannotBind = (error: unknown) =>
    log.warn({ error: String(error) }, 'Pod addresses could not be bound to their links; tried again');
  const podLinks = createPodLinks({
    ...options,
    ...{ nft, readLink: readHostLink, held: ended.idle, hasBridge: kernel.hasBridge },
    holders: () => podAddresses.holders(),
    fromApi: () => (podAddresses.isLost() ? uidsByAddress(joined) : undefined),
    confirm: (ids) => podAddresses.confirm(ids),
  });
  const podAddresses = followPodAddresses({
    ...options,
    onChange: (addresses) => {
      podDelay.heard();
      ended.hold(addresses);
      // Beside the round under way; at the start the bindings that are there protect until the kernel knows the Pods of now.
      if (podLinks.isKnown()) podLinks.bind().catch(cannotBind);
      hurry();
    },
  });
  let previous: EgressNodeReportStatus | undefined;
  const round = async () => {
    const seen = watches.view();
    if (seen === undefined || !podAddresses.isSettled()) return;
    const letGo = ended.begin();
    podDelay.begin();
    joined = podAddresses.of(seen.pods);
    const view = { ...seen, pods: joined, beacons: beaconsOf(joined, options.namespace) };
    if (podLinks.isKnown()) await podLinks.bind();
    // The kernel holds what ended up to now before anything is decided anew about those addresses.
    await ended.idle();
    const { outcome, input, questions, report, lookAgainMs, tunnelMtu } = await converger.converge(view);
    if (!podLinks.isKnown() && outcome.kind === 'applied') await podLinks.bind();
    asker.want(questions);
    if (lookAgainMs !== undefined) clock.sleep(lookAgainMs, signal).then(trigger, () => {});
    if (outcome.kind === 'applied') {
      letGo();
      podDelay.programmed(input.selection.plan.judged);
      podPath.want(view.beacons);
    }
    measuring.want(input);
    programmed ||= outcome.kind === 'applied';
    // Before the first plan is in the kernel it holds what an agent before us left, which this one cannot speak for.
    if (outcome.kind === 'failed') clock.sleep(retryMs, signal).then(trigger, () => {});
    if (!programmed) return;
    selfProbe.want({ view, plan: input.selection.plan, mtu: tunnelMtu });
    const said = { heard: asker.heard(), proofs: selfProbe.proofs(), pressure: pressure.now(), bypass: podPath.now() };
    previous = reportOf({ ...input, ...said, version: options.version, now: clock.now(), previous });
    reporter.publish({ ...report, status: previous });
  };
  const roundOrRetry = () =>
    round().catch((error: unknown) => {
      if (signal.aborted) return;
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a round failed; tried again');
      clock.sleep(retryMs, signal).then(trigger, () => {});
    });
  const debounce = createDebounce({ clock, signal, windowMs: 20, maxWaitMs: 100, run: roundOrRetry });
  trigger = debounce.trigger;
  hurry = debounce.hurry;
  const invalidate: typeof converger.invalidate = (what) => {
    if (what === 'nft') podLinks.forget();
    converger.invalidate(what);
  };
  const watched = { ...converger, invalidate };
  const disturbances = watchDisturbances({ ...options, nft, routing, kernel, converger: watched, trigger, hurry });
  return {
    ready: () => {
      const missing = watches.missing();
      if (missing.length > 0) return { ok: false, missing };
      if (!podAddresses.isSettled()) return { ok: false, missing: ['the sandboxes of the container runtime'] };
      return programmed ? { ok: true } : { ok: false, missing: ['the first plan in the kernel'] };
    },
    done: Promise.all([
      ...[
        debounce.done,
        reporter.done,
        asker.done,
        prober.done,
        selfProbe.done,
        pressure.done,
        podPath.done,
        disturbances,
        podAddresses.done,
      ],
      ...[followReplication(options), beat(options)],
    ]).then(() => {}),
  };
}

const retryMs = 1_000;

function beat({ client, clock, log, signal, namespace, nodeName }: AgentOptions): Promise<void> {
  const onError = (error: unknown) => log.warn({ error: String(error) }, 'heartbeat not written');
  const lease = { namespace, name: `sallyport-agent-${nodeName}`, holder: nodeName };
  return runHeartbeat({ client, clock, signal, ...lease, durationSeconds: 40, intervalMs: 10_000, onError });
}
