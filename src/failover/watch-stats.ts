import type { GroupFigures } from '../dataplane/replication/figures.ts';
import { parseStats, statPages } from '../dataplane/replication/stats.ts';
import type { Clock } from '../platform/clock.ts';

export interface StatsWatch {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Counts how often conntrackd began; 0 while it does not run. */
  running(): number;
  /** `conntrackd -s` with these words; may reject. */
  ask(words: readonly string[]): Promise<string>;
  onFigures(figures: GroupFigures | undefined): void;
}

/** One process each, for one page of three. */
export const lookMs = 10_000;

/** Asks a running conntrackd for its statistics, a page after the other, until the signal aborts; undefined while it does not run. */
export async function watchStats({ clock, signal, running, ask, onFigures }: StatsWatch): Promise<void> {
  let figures: GroupFigures | undefined;
  let began = 0;
  let heardAt = 0;
  for (let turn = 0; !signal.aborted; ) {
    await clock.sleep(lookMs, signal).catch(() => {});
    if (signal.aborted) return;
    const now = clock.monotonic();
    if (running() !== began) {
      if (figures !== undefined) onFigures(undefined);
      [began, figures, turn, heardAt] = [running(), undefined, 0, now];
    }
    if (began === 0) continue;
    const page = statPages[turn % statPages.length] ?? [];
    const told = parseStats(await ask(page).catch(() => ''));
    turn += 1;
    if (signal.aborted || running() !== began) continue;
    if ((told.received ?? 0) > (figures?.received ?? 0)) heardAt = now;
    const silentSeconds = told.received === undefined ? figures?.silentSeconds : Math.round((now - heardAt) / 1_000);
    figures = { ...figures, ...told, ...(silentSeconds === undefined ? {} : { silentSeconds }) };
    onFigures(figures);
  }
}
