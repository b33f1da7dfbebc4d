import type { Conntrack } from '../../src/dataplane/conntrack/exec.ts';
import type { Flow, FlowSelector } from '../../src/dataplane/conntrack/model.ts';

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
    case 'source':
      return flow.source === selector.source;
    case 'pair':
      return flow.source === selector.source && flow.destination === selector.destination;
    case 'exact':
      return tupleOf(flow) === tupleOf(selector.flow);
  }
}

/** The original tuple as text: equal for one flow only. */
export function tupleOf(flow: Flow): string {
  const { protocol, source, destination, sourcePort, destinationPort, icmp } = flow;
  return JSON.stringify([protocol, source, destination, sourcePort, destinationPort, icmp]);
}
