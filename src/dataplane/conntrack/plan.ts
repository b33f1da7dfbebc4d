import type { Flow, FlowSelector } from './model.ts';

/**
 * Selectors that delete every doomed flow and no other of `flows`, which must be all flows of the node: a mark (under
 * `mask`, not 0) whose flows all are doomed, then such a source, such a mark of a source (0 too: what an address's former holder
 * sent without a rule), such a pair of addresses, and single flows for the rest. Each is a walk through the kernel's whole table.
 */
export function planDeletions(flows: readonly Flow[], doomed: readonly Flow[], mask: number): readonly FlowSelector[] {
  const end = new Set(doomed);
  let left = doomed;
  const selectors: FlowSelector[] = [];
  for (const grouping of groupings(mask)) {
    const survivors = new Set(flows.filter((flow) => !end.has(flow)).map(grouping.keyOf));
    const whole = new Map<string, FlowSelector>();
    left = left.filter((flow) => {
      const key = grouping.keyOf(flow);
      if (key === undefined || survivors.has(key)) return true;
      whole.set(key, grouping.selector(flow));
      return false;
    });
    selectors.push(...whole.values());
  }
  return [...selectors, ...left.map((flow) => ({ kind: 'exact', flow }) as const)];
}

interface Grouping {
  /** Equal for flows that one selector means together; undefined: it cannot mean this one. */
  readonly keyOf: (flow: Flow) => string | undefined;
  readonly selector: (flow: Flow) => FlowSelector;
}

function groupings(mask: number): readonly Grouping[] {
  const markOf = (flow: Flow) => (flow.mark & mask) >>> 0;
  return [
    {
      keyOf: (flow) => (markOf(flow) === 0 ? undefined : `${flow.family} ${markOf(flow)}`),
      selector: (flow) => ({ kind: 'mark', family: flow.family, mark: markOf(flow), mask }),
    },
    {
      keyOf: ({ source }) => source,
      selector: ({ family, source }) => ({ kind: 'source', family, source }),
    },
    {
      keyOf: (flow) => `${flow.source} ${markOf(flow)}`,
      selector: (flow) => ({
        kind: 'marked-source',
        family: flow.family,
        mark: markOf(flow),
        mask,
        source: flow.source,
      }),
    },
    {
      keyOf: ({ source, destination }) => `${source} ${destination}`,
      selector: ({ family, source, destination }) => ({ kind: 'pair', family, source, destination }),
    },
  ];
}
