import type { Nft } from '../dataplane/nft/exec.ts';
import type { Routing } from '../dataplane/route/exec.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { watchFile } from '../platform/files.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Converger } from './converge.ts';
import { type Kernel, owned } from './kernel.ts';
import type { AgentMetrics } from './metrics.ts';
import { watchAddresses } from './roles.ts';

export interface DisturbanceOptions {
  readonly nft: Nft;
  readonly routing: Routing;
  readonly kernel: Kernel;
  readonly converger: Converger;
  readonly runner: Runner;
  readonly runDir: string;
  readonly metrics: AgentMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Asks for a round. */
  trigger(): void;
  /** Asks for one without waiting for what else changes. */
  hurry(): void;
}

/** Notices whatever else changes this node (somebody's `nft flush ruleset`, a deleted route, a moved address) and asks for a round; until the signal aborts. */
export async function watchDisturbances(options: DisturbanceOptions): Promise<void> {
  const { nft, routing, kernel, converger, metrics, log, signal, trigger, hurry } = options;
  const heal = (...parts: readonly ('nft' | 'routes')[]) => {
    for (const part of parts) {
      kernel.forget(part);
      converger.invalidate(part);
    }
    trigger();
  };
  const moved = (what: 'addresses' | 'next-hops' | 'routes') => {
    if (what === 'routes') kernel.forget(what);
    converger.invalidate(what);
    trigger();
  };
  await Promise.all([
    nft.watch({
      tables: owned.tables,
      signal,
      onChange: (change) => {
        if (change.kind === 'foreign') {
          metrics.healed.add({ part: 'nft' });
          log.warn({ ...change }, 'somebody changed our nftables tables: putting them right');
          kernel.forget('nft', change.gone);
          converger.invalidate('nft');
          // What is selected may be leaving with another source meanwhile.
          hurry();
        } else heal('nft');
      },
    }),
    routing.watch({
      owned: owned.routes,
      signal,
      // A device made anew has lost the chains that hung on it, where the kernel binds them to the device and not to its name.
      onChange: (what) => {
        if (what === 'settings') void checkSettings(options);
        else heal('routes', ...(what === 'links' ? (['nft'] as const) : []));
      },
    }),
    watchAddresses({ ...options, isNetwork: converger.isNetwork, onChange: moved }),
    watchFile(failoverFiles(options.runDir).state, { signal, onChange: () => moved('addresses') }),
    watchSysctls(options),
  ]);
}

// The kernel tells of rp_filter and forwarding; of the others nobody does, so they are read every five seconds.
async function watchSysctls(options: DisturbanceOptions): Promise<void> {
  const { clock, signal } = options;
  while (!signal.aborted) {
    await clock.sleep(5_000, signal).catch(() => {});
    if (!signal.aborted) await checkSettings(options);
  }
}

async function checkSettings({ kernel, log, metrics }: DisturbanceOptions): Promise<void> {
  try {
    if (!(await kernel.checkSysctls())) return;
    metrics.healed.add({ part: 'sysctls' });
    log.warn({}, 'somebody reset kernel settings (a CNI, `sysctl --system`): put right');
  } catch (error) {
    log.warn({ error: String(error) }, 'kernel settings could not be put right');
  }
}
