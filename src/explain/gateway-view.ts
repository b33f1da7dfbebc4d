import type { EgressNodeReport, EgressPlacement } from '../api/kinds.ts';
import { isTrue, reasonOf } from '../compile/conditions.ts';
import type { GatewayState } from '../compile/gateway-state.ts';
import type { JudgedGateway } from '../compile/judge-gateways.ts';
import type { Platform } from '../compile/platform.ts';
import type { Snapshot } from '../compile/snapshot.ts';

/** A Gateway as one who asks about a packet needs it. */
export interface GatewayView {
  /** "namespace/name" */
  readonly gateway: string;
  readonly gatewayClass: string;
  /** Whether it works, by the controller's words. */
  readonly programmed: { readonly status: string; readonly reason: string; readonly message: string };
  /** The node that holds its addresses now. */
  readonly owner?: string;
  /** The nodes that are ready to take over. */
  readonly standbys: readonly string[];
  /** Of the failover group, and outer destination of the tunnel to the owner. */
  readonly tunnelAddress?: string;
  /** What the Pod's node says: its kernel has the Gateway, it failed, or nothing yet. */
  readonly onPodNode: 'applied' | 'failed' | 'not yet';
  /** Why it failed. */
  readonly problem?: string;
}

/** What is known of a Gateway, seen from the Pod's node. */
export function viewGateway(
  judged: JudgedGateway,
  {
    platform,
    snapshot,
    podNode,
  }: { readonly platform: Platform; readonly snapshot: Snapshot; readonly podNode: string },
): GatewayView {
  const state = platform.states.find(({ placed }) => placed.judged === judged);
  const placement = placementOf(judged, snapshot);
  return {
    gateway: judged.key,
    gatewayClass: judged.gateway.spec.gatewayClassName,
    programmed: programmedOf(judged, state),
    ...(state?.owner === undefined ? {} : { owner: state.owner }),
    standbys: placement === undefined ? [] : standbysOf(placement, snapshot.reports),
    ...(placement === undefined ? {} : { tunnelAddress: placement.spec.tunnelAddress }),
    ...onNode(state, podNode),
  };
}

/** The placement that agents go by; absent: its traffic is dropped. */
export function placementOf({ gateway }: JudgedGateway, { placements }: Snapshot): EgressPlacement | undefined {
  return placements.find(({ metadata }) => metadata.name === gateway.metadata.uid);
}

function programmedOf({ accepted }: JudgedGateway, state: GatewayState | undefined): GatewayView['programmed'] {
  const found = state === undefined || !isTrue(accepted) ? accepted : state.programmed;
  const { status, reason } = reasonOf(found);
  return { status, reason, message: found.message };
}

function standbysOf({ spec }: EgressPlacement, reports: readonly EgressNodeReport[]): readonly string[] {
  const byNode = new Map(reports.map((report) => [report.metadata.name, report]));
  return spec.candidates
    .map(({ node }) => node)
    .filter((node) =>
      byNode.get(node)?.status?.groups?.some(({ group, role }) => group === spec.group && role === 'Standby'),
    );
}

function onNode(state: GatewayState | undefined, podNode: string): Pick<GatewayView, 'onPodNode' | 'problem'> {
  const own = state?.reports.find(({ node }) => node === podNode)?.report;
  if (own === undefined || own.placement === 0) return { onPodNode: 'not yet' };
  if (own.state === 'Applied') return { onPodNode: 'applied' };
  return { onPodNode: 'failed', problem: own.message ?? 'it gave no reason' };
}
