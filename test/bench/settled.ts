import { gatewayClassFinalizer } from '../../src/api/names.ts';
import { compile } from '../../src/compile/compile.ts';
import type { EgressPlan } from '../../src/compile/egress-plan.ts';
import { compareName } from '../../src/compile/order.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import { finish } from '../../src/compile/steps.ts';
import { planWrites } from '../../src/controller/plan-writes.ts';
import { applyPlan } from '../../src/preview/settle.ts';
import { type ClusterSize, largeCluster, reportPods } from './large-cluster.ts';

/** A large cluster at rest: everything decided, written and reported, all of it fresh objects as a watch would deliver them. */
export function settledCluster(size: ClusterSize): Snapshot {
  const written = writeAll(largeCluster(size));
  const reported = { ...written, reports: reportPods(written, size), now: written.now + 10_000 };
  return inKeyOrder(structuredClone(writeAll(reported)));
}

/** Lists as stores give them. */
function inKeyOrder(snapshot: Snapshot): Snapshot {
  const sorted = Object.entries(snapshot).map(([key, value]: [string, unknown]) => [
    key,
    Array.isArray(value) ? value.toSorted(compareName) : value,
  ]);
  return Object.fromEntries(sorted);
}

function writeAll(start: Snapshot): Snapshot {
  let snapshot = start;
  for (let round = 0; round < 8; round++) {
    const plan = compile(snapshot);
    const writes = finish(planWrites(plan, snapshot)).flat();
    if (writes.length === 0) return snapshot;
    snapshot = withClasses(applyPlan(snapshot, plan), plan);
  }
  throw new Error('the generated cluster does not come to rest');
}

function withClasses(snapshot: Snapshot, { classes }: EgressPlan): Snapshot {
  const gatewayClasses = snapshot.gatewayClasses.map((object) => {
    const plan = classes.find(({ name }) => name === object.metadata.name);
    if (plan === undefined) return object;
    const { conditions, supportedFeatures } = plan;
    const metadata = { ...object.metadata, finalizers: [gatewayClassFinalizer] };
    return { ...object, metadata, status: { conditions, supportedFeatures } };
  });
  return { ...snapshot, gatewayClasses };
}
