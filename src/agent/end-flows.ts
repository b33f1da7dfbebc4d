import { flowJudge } from '../compile/flow-right.ts';
import type { Selection } from '../compile/select.ts';
import type { Conntrack } from '../dataplane/conntrack/exec.ts';
import type { Flow } from '../dataplane/conntrack/model.ts';
import { planDeletions } from '../dataplane/conntrack/plan.ts';
import { marksOf } from '../dataplane/desired/names.ts';
import { cidrContains, parseCidr } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';

/**
 * Deletes the conntrack entries of flows that lost their right to leave, or that left before their Pod was selected; resolves
 * to how many. To be called once the kernel decides by the new plan, else their next packet would make them anew.
 * `retire` is told of the Pods' addresses before: the gateway hop does not know of the end.
 */
export async function endFlows(
  conntrack: Conntrack,
  selection: Selection,
  retire: (addresses: readonly string[]) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const flows = await conntrack.list();
  const doomed = doomedFlows(flows, selection);
  const { mask } = selection.plan.marks;
  const sources = new Set(doomed.filter(({ mark }) => (mark & mask) !== 0).map(({ source }) => source));
  if (sources.size > 0) await retire([...sources]);
  return await conntrack.remove(planDeletions(flows, doomed, selection.plan.marks.mask));
}

/** Pure: of all flows of the node those to be ended, on the pod hop by their Pod's rules, on the gateway hop by the identities that are left. */
export function doomedFlows(flows: readonly Flow[], { plan, rights }: Selection): readonly Flow[] {
  const marks = marksOf(plan.marks.mask);
  const judge = flowJudge(plan, rights);
  const identities = new Set(plan.identities.map(({ id }) => id));
  const transit = [plan.transit.ipv4, plan.transit.ipv6].flatMap((text) => parseCidr(text) ?? []);
  const isTransit = (address: string): boolean => {
    const ip = parseIp(address);
    return ip !== undefined && transit.some((range) => cidrContains(range, ip));
  };
  return flows.filter((flow) => {
    const id = (flow.mark & marks.id) >>> marks.shift;
    // Before anything is parsed: most flows of a node are neither marked nor of a selected Pod.
    if (id === 0 && !rights.has(flow.source)) return false;
    if (isTransit(flow.source)) return !identities.has(id);
    const port = flow.reply.sourcePort;
    const verdict = judge({
      source: flow.source,
      destination: flow.reply.source,
      protocol: flow.protocol,
      ...(port === undefined ? {} : { port }),
      id,
    });
    return verdict !== 'keep';
  });
}

/** Changes whenever `doomedFlows` may say something else: then, and only then, conntrack is asked. */
export function rightsKey({ plan, rights }: Selection): string {
  const ofPods = [...rights].map(([address, { rules, identities }]) => [
    address,
    rules.map(({ gatewayUid, destinations, ports }) => [[...(identities.get(gatewayUid) ?? [])], destinations, ports]),
  ]);
  return JSON.stringify([ofPods, plan.identities, plan.clusterRanges, plan.egressAddresses]);
}
