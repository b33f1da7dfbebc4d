import { describe, expect, it } from 'vitest';
import { createConntrack } from '../../src/dataplane/conntrack/exec.ts';
import type { Flow } from '../../src/dataplane/conntrack/model.ts';
import { planDeletions } from '../../src/dataplane/conntrack/plan.ts';
import { createSysctls } from '../../src/dataplane/sysctl/exec.ts';
import { createRunner } from '../../src/platform/exec.ts';
import { createFakeConntrack, tupleOf } from '../support/fake-conntrack.ts';
import { describeInNamespace, tool } from '../support/netns.ts';

await describeInNamespace(import.meta.url, 'flows and settings on a real kernel', () => {
  describe('conntrack', () => {
    const real = createConntrack({ runner: createRunner() });
    const insert = (line: string) => tool('conntrack', ['-I', ...line.split(' '), '-t', '600']);

    it('lists all flows and deletes exactly those that it should, as the fake does', async () => {
      insert('-p tcp -s 10.0.0.1 -d 203.0.113.5 --sport 1000 --dport 443 --state ESTABLISHED -m 513');
      insert('-p tcp -s 10.0.0.1 -d 203.0.113.5 --sport 1001 --dport 443 --state ESTABLISHED -m 513');
      insert('-p udp -s 10.0.0.2 -d 203.0.113.5 --sport 1000 --dport 53 -m 514');
      insert('-p udp -s 10.0.0.2 -d 203.0.113.6 --sport 1000 --dport 53 -m 514');
      insert('-p udp -s 10.0.0.3 -d 203.0.113.5 --sport 1000 --dport 53 -m 514');
      insert('-p icmp -s 10.0.0.3 -d 203.0.113.5 --icmp-type 8 --icmp-code 0 --icmp-id 77 -m 514');
      insert('-p udp -s 10.0.0.4 -d 203.0.113.5 --sport 1000 --dport 53 -m 514');
      insert('-p udp -s 2001:db8::1 -d 2001:db8::2 --sport 1000 --dport 53 -m 513');
      const flows = await real.list();
      expect(flows.length).toBe(8);
      const mayLeave = (flow: Flow) =>
        flow.mark !== 513 && flow.protocol !== 1 && flow.source !== '10.0.0.4' && flow.destination !== '203.0.113.6';
      const doomed = flows.filter((flow) => !mayLeave(flow));
      const selectors = planDeletions(flows, doomed, 0x1fff);
      expect(selectors.map((selector) => selector.kind).sort()).toEqual(['exact', 'mark', 'mark', 'pair', 'source']);
      for (const conntrack of [real, createFakeConntrack(flows)]) {
        expect(await conntrack.remove(selectors)).toBe(doomed.length);
        expect((await conntrack.list()).map(tupleOf).sort()).toEqual(flows.filter(mayLeave).map(tupleOf).sort());
        expect(await conntrack.remove(selectors)).toBe(0);
      }
    });
  });

  it('writes settings of devices, with dots in their names', async () => {
    tool('ip', ['link', 'add', 'dev', 'eth0.5', 'type', 'veth', 'peer', 'name', 'far0']);
    const sysctls = createSysctls();
    const wanted = new Map([
      ['net/ipv4/ip_forward', '1'],
      ['net/ipv4/conf/eth0.5/rp_filter', '2'],
    ]);
    await sysctls.apply(new Map([['net/ipv4/conf/eth0.5/rp_filter', '0']]));
    expect(await sysctls.apply(wanted)).toBe(true);
    expect(await sysctls.apply(wanted)).toBe(false);
    expect(tool('cat', ['/proc/sys/net/ipv4/conf/eth0.5/rp_filter']).trim()).toBe('2');
    await expect(sysctls.apply(new Map([['net/ipv4/conf/none/rp_filter', '2']]))).rejects.toThrow('does not exist');
  });
});
