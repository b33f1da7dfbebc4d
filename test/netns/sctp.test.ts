import { existsSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCluster } from '../support/dataplane/cluster.ts';
import { inside } from '../support/dataplane/network.ts';
import { arrivals, forgetArrivals } from '../support/dataplane/observe.ts';
import { gateways, nodes, outside, owner, podPlace, third } from '../support/dataplane/places.ts';
import { sendSctp } from '../support/dataplane/sctp.ts';
import { describeInNamespace } from '../support/netns.ts';

const { gw } = gateways;
/** CONFIG_NF_CT_PROTO_SCTP: part of conntrack, on by default. Without it nothing of SCTP is translated, and must not leave. */
const isTracked = existsSync('/proc/sys/net/netfilter/nf_conntrack_sctp_timeout_established');

await describeInNamespace(import.meta.url, 'SCTP', () => {
  beforeAll(async () => {
    const cluster = await startCluster();
    const gw = [
      { podSelector: { matchLabels: { gateway: 'gw' } }, ports: [{ protocol: 'SCTP' as const, port: 3868 }] },
    ];
    await cluster.apply({ ...cluster.state, rules: { ...cluster.state.rules, gw } });
  });
  beforeEach(() => {
    for (const name of [outside.name, ...nodes.map((node) => `pod-${node.name}`)]) forgetArrivals(name);
  });

  describe.each([third, owner])('of a pod of $name', (node) => {
    const place = podPlace(node.name, node, 0);
    const pod = `pod-${node.name}`;
    // Not the other pod's: two flows of one port would be told apart by another one.
    const ports = { sourcePort: 40_000 + node.index, port: 3868 };

    it.each([
      [place.ip, outside.ip, gw.ipv4],
      [place.ip6, outside.ip6, gw.ipv6],
    ])('%s leaves with the egress address and its port, and the answer comes back', (from, to, egress) => {
      sendSctp(pod, { chunk: 'INIT', from, to, ...ports });
      expect(arrivals()).toEqual(isTracked ? { [egress]: 1 } : {});
      if (!isTracked) return;
      sendSctp(outside.name, {
        chunk: 'INIT ACK',
        from: to,
        to: egress,
        sourcePort: ports.port,
        port: ports.sourcePort,
      });
      expect(arrivals(pod)).toMatchObject({ [to]: expect.any(Number) });
      const flows = inside(owner.name)('conntrack', ['-L', '-f', to.includes(':') ? 'ipv6' : 'ipv4', '-p', 'sctp']);
      // Both hops kept the port, and the answer was of the flow.
      const ours = flows
        .split('\n')
        .filter((flow) => flow.includes(`sport=${ports.sourcePort} `) && flow.includes(`dst=${egress} `));
      expect(ours).toEqual([expect.stringContaining(`sport=3868 dport=${ports.sourcePort}`)]);
      expect(ours[0]).not.toContain('[UNREPLIED]');
    });

    it('to another port it is under no rule', () => {
      sendSctp(pod, { chunk: 'INIT', from: place.ip, to: outside.ip, sourcePort: 40_002, port: 3869 });
      expect(Object.keys(arrivals())).not.toContain(gw.ipv4);
    });
  });
});
