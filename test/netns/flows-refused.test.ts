import { writeFileSync } from 'node:fs';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { type ConntrackLook, pressureOf } from '../../src/agent/conntrack-pressure.ts';
import {
  type ConntrackStats,
  parseProcStats,
  parseToolStats,
  refusedSince,
} from '../../src/dataplane/conntrack/stats.ts';
import { startCluster } from '../support/dataplane/cluster.ts';
import { exchange } from '../support/dataplane/exchange.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, outside, owner, third } from '../support/dataplane/places.ts';
import { describeInNamespace } from '../support/netns.ts';

// A table that is full, and an address without a free port, on the real kernel: what is there already goes on, what is new is dropped
// and counted, and nothing leaves with another source. The table's size is the machine's, so it is filled to that; what is counted against it
// is the network namespace's alone (struct nf_conntrack_net), so nobody else's flows are refused meanwhile: the Pod's node shows it.
const { gw } = gateways;
const pod = `pod-${third.name}`;
const at = inside(owner.name);
const elsewhere = inside(third.name);

const statsOf = (text: string, parse: (text: string) => ConntrackStats | undefined): ConntrackStats => {
  const stats = parse(text);
  if (stats === undefined) throw new Error(`not understood: ${text}`);
  return stats;
};
const number = (key: string) => Number(at('sysctl', ['-n', `net.netfilter.${key}`]));
const look = (): ConntrackLook & { readonly stats: ConntrackStats } => ({
  stats: statsOf(at('conntrack', ['-S']), parseToolStats),
  entries: number('nf_conntrack_count'),
  limit: number('nf_conntrack_max'),
});

/** Flows of somebody else, made at once; `conntrack` reads them from a file, and gives up when the table is full. */
function addFlows(lines: Iterable<string>): void {
  writeFileSync('/run/flows', `${[...lines].join('\n')}\n`);
  at('sh', ['-c', 'conntrack -R /run/flows 2> /dev/null || true']);
}

/** One flow that never pauses while `change` is made in its middle. */
async function during(count: number, change: () => Promise<unknown>) {
  const options = { protocol: 'tcp', to: outside.ip, count, intervalMs: 5, waitMs: 1_000 } as const;
  const flow = exchange(pod, options);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await change();
  return await flow;
}

const say = (sourcePort: number, count = 1) =>
  exchange(pod, { protocol: 'udp', to: outside.ip, sourcePort, count, intervalMs: 10, waitMs: 300 });

await describeInNamespace(import.meta.url, 'new flows that the owner cannot take', () => {
  beforeAll(async () => {
    await startCluster();
  });

  // Room for a quarter of a million flows: back at once, also when a test failed.
  afterEach(() => {
    at('conntrack', ['-F']);
  });

  it('both ways to read the counters say the same', () => {
    const text = at('cat', ['/proc/net/stat/nf_conntrack']);
    expect(statsOf(text, parseProcStats)).toEqual(look().stats);
  });

  it('an address without a free port: dropped, counted, named; the flow that is there goes on', async () => {
    expect(await say(41_000)).toMatchObject({ sources: [`${gw.ipv4} 41000`] });
    forgetArrivals();
    const before = look().stats;
    const talk = await during(600, async () => {
      // As if 64,512 clients had flows to this very port already, each with its port of the egress address.
      addFlows(
        (function* () {
          for (let port = 1_024; port <= 65_535; port += 1)
            if (port !== 41_000)
              yield `-A -p udp -s 10.99.0.1 -d ${outside.ip} --sport ${port} --dport 8080 -r ${outside.ip} -q ${gw.ipv4} --reply-port-src 8080 --reply-port-dst ${port} -t 600 -u ASSURED,SEEN_REPLY`;
        })(),
      );
      expect(await say(41_000)).toMatchObject({ sources: [`${gw.ipv4} 41000`] });
      expect(await say(42_000, 12)).toMatchObject({ sent: 12, received: 0, sources: [] });
    });
    expect(talk).toMatchObject({ sent: 600, received: 600, errors: [] });
    expect(Object.keys(arrivals())).toEqual([gw.ipv4]);
    const after = look();
    expect(after.stats.notUnique - before.notUnique).toBeGreaterThanOrEqual(12);
    expect(pressureOf(before, after)).toMatchObject({ reason: 'NoFreePort' });
  });

  it('a full table: dropped, counted, named; the flow that is there goes on; taken again when there is room', async () => {
    expect(await say(43_000)).toMatchObject({ received: 1 });
    forgetArrivals();
    const before = look();
    const undisturbed = statsOf(elsewhere('conntrack', ['-S']), parseToolStats);
    const free = (before.limit ?? 0) - (before.entries ?? 0);
    const talk = await during(1_200, async () => {
      addFlows(
        (function* () {
          for (let n = 0; n < free + 100; n += 1)
            yield `-A -p udp -s 10.98.${Math.floor(n / 60_000)}.1 -d 10.97.0.1 --sport ${1 + (n % 60_000)} --dport 9 -t 600 -u ASSURED,SEEN_REPLY`;
        })(),
      );
      expect(await say(44_000, 5)).toMatchObject({ sent: 5, received: 0, sources: [] });
      expect(elsewhere('conntrack', ['-L', '-p', 'udp', '--sport', '44000'])).toContain('sport=44000');
    });
    expect(statsOf(elsewhere('conntrack', ['-S']), parseToolStats)).toEqual(undisturbed);
    expect(talk).toMatchObject({ sent: 1_200, received: 1_200, errors: [] });
    expect(Object.keys(arrivals())).toEqual([gw.ipv4]);
    const after = look();
    expect(refusedSince(before.stats, after.stats)).toMatchObject({ notUnique: 0 });
    expect(pressureOf(before.stats, after)).toMatchObject({ reason: 'ConntrackTableFull' });
    at('conntrack', ['-F']);
    expect(await say(45_000)).toMatchObject({ sources: [`${gw.ipv4} 45000`] });
  });
});
