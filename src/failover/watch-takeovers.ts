import type { TakeoverCause } from '../dataplane/vrrp/state.ts';
import { type GroupTimer, groupTimersOf } from '../dataplane/vrrp/timers.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/log.ts';
import { type GroupStory, groupIn, tellStory } from './judge-takeover.ts';
import type { SharedAddresses } from './share-addresses.ts';
import type { DaemonWatcher } from './supervise-daemon.ts';

export interface TakeoverOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Logger;
  readonly addresses: SharedAddresses;
  /** This node became owner of a group; `ms`: how long the group had no owner that it knows of, the tunnel address on this node included. */
  onTakeover(group: number, cause: TakeoverCause, ms: number): void;
}

/** Hears from keepalived when it takes a group over, and sees when its address is there. */
export function watchTakeovers({ clock, log, addresses, onTakeover }: TakeoverOptions): DaemonWatcher {
  let timers: ReadonlyMap<number, GroupTimer> = new Map();
  const stories = new Map<number, GroupStory>();
  const watch = addresses.subscribe({
    isOurs: (address) => [...timers.values()].some((timer) => timer.address === address),
    onAddresses: (held) => {
      for (const [group, story] of stories) {
        const { taking, ...rest } = story;
        const address = timers.get(group)?.address;
        if (taking === undefined || !held.some((each) => each.address === address)) continue;
        stories.set(group, rest);
        const ms = Math.round(taking.silentMs + clock.monotonic() - taking.since);
        log.info({ group, cause: taking.cause, milliseconds: ms }, 'took a failover group over');
        onTakeover(group, taking.cause, ms);
      }
    },
  });
  const follow = (config: string) => {
    timers = new Map(groupTimersOf(config).map((timer) => [timer.group, timer]));
    for (const group of stories.keys()) if (!timers.has(group)) stories.delete(group);
    watch.restart();
  };
  return {
    onBegin: (config) => {
      stories.clear();
      follow(config);
    },
    onChange: follow,
    onLine: (line) => {
      const said = groupIn(line);
      const downMs = timers.get(said?.group ?? 0)?.downMs;
      if (said === undefined || downMs === undefined) return;
      stories.set(said.group, tellStory(stories.get(said.group) ?? {}, said.text, { now: clock.monotonic(), downMs }));
    },
    onEnd: () => {
      stories.clear();
      timers = new Map();
      watch.stop();
    },
  };
}
