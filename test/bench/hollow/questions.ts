import { resources } from '../../../src/api/resources.ts';
import { listObjects } from '../../../src/kube/apply.ts';
import type { HollowRun } from './run.ts';

interface Conditioned {
  readonly metadata: { readonly generation?: number };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly observedGeneration?: number;
    }[];
  };
}

function says(object: object, type: string): boolean {
  const { metadata, status } = object as Conditioned;
  const condition = status?.conditions?.find((one) => one.type === type);
  return condition?.status === 'True' && condition.observedGeneration === metadata.generation;
}

async function countGateways({ world: { admin } }: HollowRun, type: string): Promise<number> {
  const { items } = await listObjects(admin, resources.gateways);
  return items.filter((gateway) => says(gateway, type)).length;
}

/** Gateways that are Programmed. */
export const programmed = (run: HollowRun): Promise<number> => countGateways(run, 'Programmed');

/** Gateways that are accepted; −1 when all are, but some route has no such status yet. */
export async function accepted(run: HollowRun): Promise<number> {
  const count = await countGateways(run, 'Accepted');
  if (count < run.size.gateways) return count;
  const lists = await Promise.all(
    [resources.egressRoutes, resources.clusterEgressRoutes].map((resource) => listObjects(run.world.admin, resource)),
  );
  const routes = lists.flatMap(({ items }) => items) as readonly {
    readonly status?: { readonly parents?: readonly Conditioned['status'][] };
  }[];
  const isAccepted = routes.every(
    ({ status }) =>
      status?.parents?.[0]?.conditions?.some(({ type, status: word }) => type === 'Accepted' && word === 'True') ===
      true,
  );
  return isAccepted ? count : -1;
}

interface Placement {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: { readonly owner?: string };
}

interface Report {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly gateways?: readonly { readonly uid: string; readonly placement: number; readonly state: string }[];
  };
}

async function placements({ world: { admin } }: HollowRun): Promise<readonly Placement[]> {
  return (await listObjects(admin, resources.egressPlacements)).items as never;
}

/** A node that owns addresses. */
export async function ownerOf(run: HollowRun): Promise<string> {
  const owner = (await placements(run))
    .map(({ status }) => status?.owner)
    .find((one) => one !== undefined && one !== '');
  if (owner === undefined) throw new Error('no placement has an owner');
  return owner;
}

/** Placements owned by this node, or by nobody. */
export async function ownedBy(run: HollowRun, node: string): Promise<number> {
  return (await placements(run)).filter(({ status }) => (status?.owner ?? node) === node).length;
}

/** Nodes but for this one that say of every Gateway they know that its placement of now is in the kernel. */
export async function upToDate(run: HollowRun, except: string): Promise<number> {
  const generations = new Map((await placements(run)).map(({ metadata }) => [metadata.name, metadata.generation]));
  const reports = (await listObjects(run.world.admin, resources.egressNodeReports))
    .items as unknown as readonly Report[];
  const isCurrent = ({ status }: Report) =>
    status?.gateways?.every(
      ({ uid, placement, state }) => state === 'Applied' && placement === generations.get(uid),
    ) === true;
  return reports.filter((report) => report.metadata.name !== except && isCurrent(report)).length;
}
