import { expect, test } from 'vitest';
import { addTraceTable, isTraceTable, traceCommands, traceTable } from '../../../src/trace/rules.ts';

const flow = { destination: '198.51.100.10', protocol: 'TCP', port: 443 } as const;

test('both hops of one node', () => {
  const table = traceTable('5f2a');
  expect([
    addTraceTable(table),
    ...traceCommands(table, [
      { hop: 'pod', source: '10.244.1.3', ...flow },
      { hop: 'gateway', source: '198.18.32.1', ...flow },
    ]),
  ]).toEqual([
    'add table inet sallyport_trace_5f2a { flags owner; }',
    'add chain inet sallyport_trace_5f2a begin { type filter hook prerouting priority -350; }',
    'add rule inet sallyport_trace_5f2a begin ip saddr 10.244.1.3 ip daddr 198.51.100.10 meta l4proto tcp th dport 443 limit rate 1/second burst 1 packets meta nftrace set 1',
    'add rule inet sallyport_trace_5f2a begin iifname { "egress0", "egl1" } ip saddr 198.18.32.1 ip daddr 198.51.100.10 meta l4proto tcp th dport 443 limit rate 50/second burst 50 packets meta nftrace set 1',
    'add chain inet sallyport_trace_5f2a late { type filter hook prerouting priority -99; }',
    'add rule inet sallyport_trace_5f2a late ip saddr 10.244.1.3 ip daddr 198.51.100.10 meta l4proto tcp th dport 443 limit rate 1/second burst 1 packets meta nftrace set 1',
  ]);
});

test('IPv6 without ports', () => {
  const six = {
    hop: 'gateway',
    source: 'fd5a:11:9f:1::1:1',
    destination: '2001:db8:51::10',
    protocol: 'ICMP',
  } as const;
  expect(traceCommands('inet t', [six])).toEqual([
    'add chain inet t begin { type filter hook prerouting priority -350; }',
    'add rule inet t begin iifname { "egress0", "egl1" } ip6 saddr fd5a:11:9f:1::1:1 ip6 daddr 2001:db8:51::10 meta l4proto { icmp, ipv6-icmp } limit rate 50/second burst 50 packets meta nftrace set 1',
  ]);
});

test('what is no address does not reach nft', () => {
  expect(() => traceCommands('inet t', [{ hop: 'pod', source: '10.0.0.1; flush ruleset', ...flow }])).toThrow(
    RangeError,
  );
  expect(() => traceCommands('inet t', [{ hop: 'pod', source: '2001:db8::1', ...flow }])).toThrow(
    /no addresses of one family/,
  );
});

test('its tables are nobody else’s', () => {
  expect(isTraceTable(traceTable('1'))).toBe(true);
  expect(['inet sallyport', 'netdev sallyport', 'ip sallyport-1', 'inet other'].filter(isTraceTable)).toEqual([]);
});
