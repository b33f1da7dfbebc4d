import type { EgressPlan } from '../../src/compile/egress-plan.ts';

/** A plan of nothing. */
export const emptyPlan: EgressPlan = {
  classes: [],
  gateways: [],
  routes: [],
  placements: [],
  ruleSets: [],
  nodes: [],
  nodeStatuses: [],
  claims: { create: [], update: [], remove: [] },
  pools: [],
  events: [],
  diagnostics: [],
};
