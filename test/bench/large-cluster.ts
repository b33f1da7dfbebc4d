import type { EgressNodeReport, EgressRoute } from '../../src/api/kinds.ts';
import { apiGroup, listenerProtocol } from '../../src/api/names.ts';
import { gatewayDigest } from '../../src/compile/rule-set-digest.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import { clusterRoute, gateway, meta, namespace, node, pool, route, snapshot } from '../support/objects.ts';

/** How large a cluster is; every count at least 1. */
export interface ClusterSize {
  readonly nodes: number;
  readonly gateways: number;
  /** Of both kinds: every 101st is a ClusterEgressRoute. */
  readonly routes: number;
  readonly pods: number;
}

/** The size of the goals (docs/benchmarks.md). */
export const fullSize: ClusterSize = { nodes: 1_000, gateways: 500, routes: 10_000, pods: 100_000 };

/** What users and kubelets wrote, nothing decided yet: a namespace with one Gateway for its share of the routes, and a second route's parent now and then. */
export function largeCluster({ nodes, gateways, routes }: ClusterSize): Snapshot {
  const isClusterRoute = (index: number) => index % 101 === 100;
  const all = Array.from({ length: routes }, (_, index) => index);
  return snapshot({
    pools: [pool('lab', ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'])],
    namespaces: Array.from({ length: gateways }, (_, index) => namespace(`team-${index}`, { tier: `t${index % 5}` })),
    nodes: Array.from({ length: nodes }, (_, index) =>
      node(`node-${index}`, `10.0.${index >> 8}.${index & 255}`, { labels: { zone: `z${index % 3}` } }),
    ),
    gateways: Array.from({ length: gateways }, (_, index) =>
      gateway(`team-${index}/egress`, { listeners: [listener] }),
    ),
    routes: all.filter((index) => !isClusterRoute(index)).map((index) => newRoute(index, gateways)),
    clusterRoutes: all.filter(isClusterRoute).map((index) => newClusterRoute(index, gateways)),
  });
}

const listener = {
  name: 'egress',
  port: 1,
  protocol: listenerProtocol,
  allowedRoutes: {
    kinds: (['EgressRoute', 'ClusterEgressRoute'] as const).map((kind) => ({ group: apiGroup, kind })),
    namespaces: { from: 'Same' },
  },
};

function newRoute(index: number, gateways: number): EgressRoute {
  const team = `team-${index % gateways}`;
  const rules = [
    {
      matches: [
        {
          podSelector: { matchLabels: { app: `app-${Math.floor(index / gateways)}` } },
          destinations: [{ cidr: `172.${16 + (index % 16)}.${index % 256}.0/24` }],
          ports: [{ protocol: 'TCP' as const, port: 443 }],
        },
      ],
    },
  ];
  return route(`${team}/route-${index}`, `${team}/egress`, { rules });
}

function newClusterRoute(index: number, gateways: number) {
  const rules = [
    {
      matches: [
        {
          namespaceSelector: { matchLabels: { tier: `t${index % 5}` } },
          podSelector: { matchLabels: { tool: `tool-${index}` } },
          destinations: [{ cidr: `172.${16 + (index % 16)}.${index % 256}.128/25` }],
        },
      ],
    },
  ];
  return clusterRoute(`default-${index}`, `team-${index % gateways}/egress`, { rules });
}

/** Reports of all agents once their node's share of the Pods, spread over all Gateways, is programmed. */
export function reportPods({ placements, ruleSets, nodes }: Snapshot, { pods }: ClusterSize): EgressNodeReport[] {
  const digests = new Map(
    [...Map.groupBy(ruleSets, ({ spec }) => spec.gateway.uid)].map(([uid, sets]) => [
      uid,
      gatewayDigest(sets.map(({ metadata, spec }) => ({ name: metadata.name, digest: spec.digest }))),
    ]),
  );
  return nodes.map(({ metadata: { name } }, nodeIndex) => {
    const held = placements.filter(({ spec }) => spec.candidates.some((candidate) => candidate.node === name));
    const share = Math.max(1, Math.round(pods / nodes.length));
    const used = new Set(
      Array.from(
        { length: share },
        (_, n) => placements[(nodeIndex * 31 + n * n * 7) % Math.max(1, placements.length)],
      ),
    );
    const gateways = [...new Set([...used, ...held])].flatMap((placement) =>
      placement === undefined
        ? []
        : [
            {
              uid: placement.metadata.name,
              namespace: placement.spec.gateway.namespace,
              name: placement.spec.gateway.name,
              ruleSets: used.has(placement) ? (digests.get(placement.metadata.name) ?? '') : '',
              placement: placement.metadata.generation ?? 0,
              state: 'Applied' as const,
            },
          ],
    );
    const groups = [...new Set(held.map(({ spec }) => spec.group))].map((group) => {
      const first = held.find(({ spec }) => spec.group === group)?.spec.candidates[0]?.node;
      return { group, role: first === name ? ('Owner' as const) : ('Standby' as const) };
    });
    return { metadata: meta(name), status: { gateways, groups } };
  });
}
