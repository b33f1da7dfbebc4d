import type { EgressClusterSpec } from '../api/kinds.ts';

/** Defaults of EgressCluster (decisions.md), for clusters whose object predates a field; the CRD has the same. */
export function clusterSettings(spec: EgressClusterSpec) {
  return {
    tunnel: { port: spec.tunnel?.port ?? 8479, vni: spec.tunnel?.vni ?? 4096 },
    transit: { ipv4: spec.transit?.ipv4 ?? '198.18.0.0/15', ipv6: spec.transit?.ipv6 ?? 'fd5a:11:9f::/48' },
    marks: { mask: spec.marks?.mask ?? 0x1fff },
    podStart: spec.podStart ?? 'Hold',
  } as const;
}
