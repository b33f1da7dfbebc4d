import { expect, test } from 'vitest';
import { createFlowCounter } from '../../../../src/dataplane/conntrack/parse-count.ts';

const names = new Map([
  ['192.0.2.100', 'shop'],
  ['192.0.2.101', 'bank'],
  ['2001:db8:2::101', 'bank'],
]);
const tcp = (source: string, egress: string, port: number, more = 'dport=443') =>
  `tcp      6 431999 ESTABLISHED src=${source} dst=198.51.100.10 sport=${port} ${more} src=198.51.100.10 dst=${egress} sport=443 dport=${port} [ASSURED] mark=513 use=1`;

function count(...lines: readonly string[]) {
  const counter = createFlowCounter(names);
  for (const line of lines) counter.onLine(line);
  return Object.fromEntries(counter.counts());
}

test('flows by the address to which their answers come', () => {
  expect(
    count(
      tcp('198.18.32.1', '192.0.2.100', 40_000),
      tcp('198.18.32.2', '192.0.2.100', 40_001),
      tcp('198.18.32.2', '192.0.2.101', 40_001),
      // The pod hop of a local Pod has the same mark, and another address.
      tcp('10.244.1.2', '198.18.32.1', 40_000),
      'conntrack v1.4.7 (conntrack-tools): 4 flow entries have been shown.',
      '',
    ),
  ).toEqual({ shop: { flows: 2, ports: 2 }, bank: { flows: 1, ports: 1 } });
});

test('ports are counted per address, destination, port and protocol; flows without ports have none', () => {
  const udp = (destination: string, port: number, at: number, egress = '192.0.2.101') =>
    `udp      17 29 src=198.18.32.1 dst=${destination} sport=${at} dport=${port} [UNREPLIED] src=${destination} dst=${egress} sport=${port} dport=${at} mark=514 use=1`;
  const icmp =
    'icmp     1 29 src=198.18.32.1 dst=198.51.100.10 type=8 code=0 id=7 src=198.51.100.10 dst=192.0.2.101 type=0 code=0 id=7 mark=514 use=1';
  const six =
    'udp      17 29 src=fd5a:11:9f:1::1:1 dst=2001:db8:51::10 sport=9 dport=53 src=2001:db8:51::10 dst=2001:db8:2::101 sport=53 dport=9 mark=514 use=1';
  expect(count(udp('198.51.100.10', 53, 1), udp('198.51.100.10', 53, 2), udp('198.51.100.11', 53, 3))).toEqual({
    bank: { flows: 3, ports: 2 },
  });
  expect(
    count(
      udp('198.51.100.10', 53, 1),
      udp('198.51.100.10', 54, 2),
      icmp,
      icmp,
      six,
      tcp('198.18.32.1', '192.0.2.101', 5).replaceAll('=443', '=53'),
    ),
  ).toEqual({ bank: { flows: 6, ports: 1 } });
});

test('a quarter of a million flows take no more memory than one, and few ports too many are told', () => {
  const counter = createFlowCounter(names);
  for (let at = 0; at < 50_000; at += 1) counter.onLine(tcp('198.18.32.1', '192.0.2.100', at));
  for (let at = 0; at < 200_000; at += 1) {
    const destination = `203.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
    counter.onLine(tcp('198.18.32.1', '192.0.2.101', 7).replaceAll('198.51.100.10', destination));
  }
  const { shop, bank } = Object.fromEntries(counter.counts());
  expect([shop?.flows, bank?.flows]).toEqual([50_000, 200_000]);
  expect(shop?.ports).toBeGreaterThanOrEqual(50_000);
  expect(shop?.ports).toBeLessThan(50_020);
  // One of the 200,000 may share its place with the 50,000.
  expect(bank?.ports).toBeLessThan(50_020);
});
