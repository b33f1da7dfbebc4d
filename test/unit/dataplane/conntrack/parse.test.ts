import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseFlows } from '../../../../src/dataplane/conntrack/parse.ts';

it('reads an established connection that was translated', () => {
  const line =
    'ipv4     2 tcp      6 431999 ESTABLISHED src=10.244.1.2 dst=203.0.113.5 sport=1000 dport=443 src=203.0.113.5 dst=198.18.0.1 sport=443 dport=1000 [ASSURED] mark=513 use=1';
  expect(parseFlows(`${line}\n`)).toEqual([
    {
      family: 4,
      protocol: 6,
      source: '10.244.1.2',
      destination: '203.0.113.5',
      sourcePort: 1000,
      destinationPort: 443,
      reply: { source: '203.0.113.5', destination: '198.18.0.1', sourcePort: 443, destinationPort: 1000 },
      mark: 513,
      state: 'ESTABLISHED',
      assured: true,
      replied: true,
      timeout: 431999,
    },
  ]);
});

it('reads counters, time stamps, offloaded and unknown protocols', () => {
  const lines = [
    'ipv4     2 udp      17 src=10.0.0.1 dst=203.0.113.5 sport=1 dport=53 packets=1 bytes=60 src=203.0.113.5 dst=10.0.0.1 sport=53 dport=1 packets=1 bytes=60 [OFFLOAD] mark=7 zone=3 use=2',
    'ipv4     2 unknown  47 599 src=10.0.0.1 dst=203.0.113.5 [UNREPLIED] src=203.0.113.5 dst=10.0.0.1 use=1',
  ];
  expect(parseFlows(lines.join('\n'))).toMatchObject([
    { protocol: 17, sourcePort: 1, mark: 7, replied: true },
    { protocol: 47, timeout: 599, mark: 0, replied: false },
  ]);
});

it('leaves out what is no flow', () => {
  const text =
    'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.\nipv4 2 tcp 6 9 src=1.2.3.400 dst=\n\n';
  expect(parseFlows(text)).toEqual([]);
  fc.assert(
    fc.property(fc.string(), (line) => parseFlows(`ipv4 2 tcp 6 9 ${line}`).length <= 1 + line.split('\n').length),
  );
});
