import type { Conntrack } from '../../src/dataplane/conntrack/exec.ts';
import type { Flow, FlowSelector } from '../../src/dataplane/conntrack/model.ts';
import { cidrContains, parseCidr } from '../../src/net/cidr.ts';
import { parseIp } from '../../src/net/ip.ts';

export interface FakeConntrack extends Conntrack {
  /** What the kernel holds now. */
  readonly flows: Flow[];
}

/** Connection tracking in memory, holding these flows. */
export function createFakeConntrack(flows: readonly Flow[]): FakeConntrack {
  const held = [...flows];
  return {
    flows: held,
    list: async () => [...held],
    remove: async (selectors) => {
      const left = held.filter((flow) => !selectors.some((selector) => selects(selector, flow)));
      return held.splice(0, held.length, ...left).length - left.length;
    },
  };
}

/** Whether a selector means a flow. */
export function selects(selector: FlowSelector, flow: Flow): boolean {
  switch (selector.kind) {
    case 'mark':
      return flow.family === selector.family && (flow.mark & selector.mask) >>> 0 === selector.mark;
    case 'marked-source':
      return selects({ ...selector, kind: 'mark' }, flow) && contains(selector.source, flow.source);
    case 'source':
      return flow.source === selector.source;
    case 'pair':
      return flow.source === selector.source && flow.destination === selector.destination;
    case 'exact':
      return tupleOf(flow) === tupleOf(selector.flow);
  }
}

function contains(range: string, address: string): boolean {
  if (range === address) return true;
  const [cidr, ip] = [parseCidr(range), parseIp(address)];
  return cidr !== undefined && ip !== undefined && cidrContains(cidr, ip);
}

/** The original tuple as text: equal for one flow only. */
export function tupleOf(flow: Flow): string {
  const { protocol, source, destination, sourcePort, destinationPort, icmp } = flow;
  return JSON.stringify([protocol, source, destination, sourcePort, destinationPort, icmp]);
}
