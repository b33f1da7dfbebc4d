import type { Pod } from '../api/pod.ts';
import { beaconCounter } from '../dataplane/desired/names.ts';
import { type CounterValue, countedSince } from '../dataplane/nft/parse-counters.ts';
import { beaconAddress, beaconEveryMs, beaconPort } from '../net/beacon.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/log.ts';

/** Packets of Pods that leave without having met a rule, in words. */
export interface Bypass {
  readonly reason: 'PastNetfilter';
  readonly message: string;
}

export interface PodPathOptions {
  /** The named counters of our table. */
  readCounters(): Promise<ReadonlyMap<string, CounterValue>>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** There is a bypass, or none any more. */
  onChange(): void;
}

export interface PodPath {
  /** Addresses of Pods that send beacons, as the rules that the kernel has now count them. */
  want(beacons: readonly string[]): void;
  /** Undefined: none is known of. */
  now(): Bypass | undefined;
  readonly done: Promise<void>;
}

const lookMs = 10_000;
/** Six in a row that are lost for another reason are not likely. */
const patienceMs = 6 * beaconEveryMs;

/** The addresses of Sallyport's own Pods here that send beacons (`controller/beacon.ts`); those of others are not believed. */
export function beaconsOf(pods: readonly Pod[], namespace: string): readonly string[] {
  return pods
    .filter(({ metadata, spec, sendsBeacons }) => {
      const isOurs = sendsBeacons === true && metadata.namespace === namespace;
      return isOurs && metadata.deletionTimestamp === undefined && spec.hostNetwork !== true;
    })
    .flatMap(({ status }) => status.podIPs)
    .toSorted();
}

/**
 * Looks whether what Pods send meets this node's rules, by the beacons of Sallyport's own Pods: a CNI that routes in eBPF may carry
 * them from the Pod's link to the wire, and no rule of netfilter holds. Spawns nothing where no Pod sends beacons.
 */
export function watchPodPath({ readCounters, clock, log, signal, onChange }: PodPathOptions): PodPath {
  let beacons: readonly string[] = [];
  /** When one was seen, or since when they have been waited for. */
  let since = 0;
  let before: CounterValue | undefined;
  let bypass: Bypass | undefined;
  const tell = (found: Bypass | undefined) => {
    if ((found === undefined) === (bypass === undefined)) return;
    bypass = found;
    if (found === undefined) log.info({}, "Pods' packets meet the rules of this node");
    else log.error({ reason: found.reason }, found.message);
    onChange();
  };
  const look = async () => {
    const asked = beacons;
    if (asked.length === 0) return tell(undefined);
    const counted = (await readCounters()).get(beaconCounter);
    if (asked !== beacons) return;
    const isSeen = counted !== undefined && before !== undefined && countedSince(before, counted).packets > 0;
    before = counted;
    if (isSeen) since = clock.monotonic();
    if (isSeen) tell(undefined);
    else if (clock.monotonic() - since >= patienceMs) tell(bypassOf(asked));
  };
  const loop = async () => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => log.warn({ error: String(error) }, 'beacons not looked for'));
      await clock.sleep(lookMs, signal).catch(() => {});
    }
  };
  return {
    want: (now) => {
      if (now.join() === beacons.join()) return;
      beacons = now;
      since = clock.monotonic();
      before = undefined;
    },
    now: () => bypass,
    done: loop(),
  };
}

function bypassOf(beacons: readonly string[]): Bypass {
  const to = `UDP port ${beaconPort} of ${beaconAddress[4]} and ${beaconAddress[6]}`;
  return {
    reason: 'PastNetfilter',
    message: `nothing that Sallyport's Pod here (${beacons.join(', ')}) sent within ${patienceMs / 1_000} s met the node's nftables rules: the CNI carries Pods' packets past them, and Pods leave as if there were no route; let it use the kernel's stack (Cilium: bpf.hostLegacyRouting=true; Calico: linuxDataplane Iptables or Nftables). Should a NetworkPolicy hold that Pod's packets back, let it send to ${to}`,
  };
}
