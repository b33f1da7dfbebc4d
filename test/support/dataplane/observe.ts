import { inside } from './network.ts';
import { outside } from './places.ts';

/** Packets that arrived in the namespace since `forgetArrivals`, by source address. */
export function arrivals(namespace: string = outside.name): Readonly<Record<string, number>> {
  return { ...countsOf(namespace, 'seen4'), ...countsOf(namespace, 'seen6') };
}

/** Maximum segment sizes of the SYNs that arrived there. */
export function segmentSizes(namespace: string): readonly number[] {
  return Object.keys(countsOf(namespace, 'segment')).map(Number);
}

export function forgetArrivals(namespace: string = outside.name): void {
  const sets = ['seen4', 'seen6', 'segment'];
  inside(namespace)('nft', ['-f', '-'], sets.map((set) => `flush set inet watch ${set}\n`).join(''));
}

/** Packets of one of our named counters. */
export function counter(node: string, name: string): number {
  const text = inside(node)('nft', ['list', 'counter', 'inet', 'sallyport', name]);
  return Number(/packets (\d+)/.exec(text)?.[1]);
}

interface LinkStats {
  readonly received: number;
  readonly sent: number;
  /** Packets that the device's own output led back to it, and others that it could not send. */
  readonly failed: number;
}

export function linkStats(node: string, device: string): LinkStats {
  const text = inside(node)('ip', ['-j', '-s', 'link', 'show', 'dev', device]);
  const [link] = JSON.parse(text) as { stats64: Record<'rx' | 'tx', Record<string, number>> }[];
  const { rx, tx } = link?.stats64 ?? { rx: {}, tx: {} };
  const of = (counts: Record<string, number>, name: string) => counts[name] ?? 0;
  return {
    received: of(rx, 'packets'),
    sent: of(tx, 'packets'),
    failed: of(tx, 'errors') + of(tx, 'collisions') + of(tx, 'carrier_errors'),
  };
}

/** A counter of the kernel's IPv4, for example FragCreates (RFC 4293). */
export function ipCounter(node: string, name: string): number {
  const [names, values] = inside(node)('cat', ['/proc/net/snmp'])
    .split('\n')
    .filter((line) => line.startsWith('Ip: '))
    .map((line) => line.split(' '));
  return Number(values?.[names?.indexOf(name) ?? -1]);
}

function countsOf(namespace: string, set: string): Record<string, number> {
  const text = inside(namespace)('nft', ['list', 'set', 'inet', 'watch', set]);
  const found = text.matchAll(/([0-9a-f.:]+) counter packets (\d+)/g);
  return Object.fromEntries([...found].map(([, key = '', packets]) => [key, Number(packets)]));
}
