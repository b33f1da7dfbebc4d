import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { gatewayNodes } from './objects.ts';
import type { IpFamilyMode, ProxyMode } from './options.ts';
import type { Place } from './place.ts';

export interface ClusterWish {
  readonly name: string;
  readonly proxyMode: ProxyMode;
  readonly ipFamily: IpFamilyMode;
  /** Absent: kind's own choice. */
  readonly image?: string;
  /** Whether kind's own CNI is left out. */
  readonly bareNetwork: boolean;
}

/** Pure: kind's configuration of one control plane and three workers in three zones. */
export function clusterConfig({ proxyMode, ipFamily, bareNetwork }: ClusterWish): object {
  const kubelet = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // Kubelets since 1.35 refuse a machine with cgroup v1 unless told otherwise.
    failCgroupV1: false,
  };
  const worker = (zone: number) => ({
    role: 'worker',
    labels: { 'topology.kubernetes.io/zone': `zone-${zone}`, ...gatewayNodes },
  });
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { ipFamily, kubeProxyMode: proxyMode, disableDefaultCNI: bareNetwork },
    kubeadmConfigPatches: [stringify(kubelet)],
    nodes: [{ role: 'control-plane' }, worker(1), worker(2), worker(3)],
  };
}

/** Creates the cluster; its nodes need not be Ready yet. */
export async function createCluster(place: Place, kind: string, wish: ClusterWish): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'sallyport-kind-'));
  try {
    const config = join(work, 'kind.yaml');
    writeFileSync(config, stringify(clusterConfig(wish)));
    const image = wish.image === undefined ? [] : ['--image', wish.image];
    await place.run([kind, 'create', 'cluster', '--name', wish.name, '--config', config, ...image, '--retain']);
  } finally {
    rmSync(work, { recursive: true });
  }
}

export interface ClusterNode {
  readonly name: string;
  /** IPv4. */
  readonly address: string;
  readonly address6?: string;
  /** Of each family that the cluster has. */
  readonly podCidrs: readonly string[];
  readonly isWorker: boolean;
}

/** The nodes with their IPv4 addresses, once each has its Pods' range. */
export async function readNodes(place: Place): Promise<readonly ClusterNode[]> {
  const { items }: { readonly items: readonly NodeObject[] } = JSON.parse(
    await place.kubectl(['get', 'nodes', '-o', 'json']),
  );
  return items.map(({ metadata, spec, status }) => {
    const internal = status.addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
    const address6 = internal.find((address) => address.includes(':'));
    return {
      name: metadata.name,
      address: internal.find((address) => !address.includes(':')) ?? '',
      ...(address6 === undefined ? {} : { address6 }),
      podCidrs: spec.podCIDRs ?? [],
      isWorker: !('node-role.kubernetes.io/control-plane' in metadata.labels),
    };
  });
}

interface NodeObject {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly podCIDRs?: readonly string[] };
  readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
}
