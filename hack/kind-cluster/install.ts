import { parseInstallOptions } from '../install/options.ts';
import { renderInstallation } from '../install/render.ts';
import type { ClusterNode } from './cluster.ts';
import { classAndPool } from './objects.ts';
import type { Place } from './place.ts';
import { until } from './tools.ts';

const system = 'sallyport-system';

export interface InstallWish {
  readonly kubectl: string;
  /** The folder with Gateway API's CRDs. */
  readonly crds: string;
  /** Sallyport's image with its tag. */
  readonly image: string;
  readonly nodes: readonly ClusterNode[];
}

/** Installs Sallyport as a user does, with a class and a pool, and waits until all of it is ready. */
export async function installSallyport(place: Place, { kubectl, crds, image, nodes }: InstallWish): Promise<void> {
  await place.kubectl(['apply', '--server-side', '-f', crds]);
  const yaml = renderInstallation(kubectl, parseInstallOptions(['--image', image]));
  // CRDs take a moment until they are served.
  await until('config/install is applied', 60, () => place.kubectl(['apply', '--server-side', '-f', '-'], yaml));
  await until('class and pool are applied', 30, () =>
    place.kubectl(['apply', '--server-side', '-f', '-'], classAndPool(poolsOf(nodes))),
  );
  for (const workload of ['deployment/sallyport-controller', 'daemonset/sallyport-agent'])
    await place.kubectl(['rollout', 'status', '-n', system, workload, '--timeout=180s']);
  const failover = ['-l', 'app.kubernetes.io/component=failover'];
  await place.kubectl(['wait', 'pod', '-n', system, ...failover, '--for=condition=Ready', '--timeout=180s']);
  await place.kubectl(['wait', 'gatewayclass/egress', '--for=condition=Accepted', '--timeout=60s']);
}

/** Pure: addresses of the nodes' own network, of which Docker gives its lowest to containers: those 200 /24s further on, and as far in IPv6. */
export function poolsOf(nodes: readonly Pick<ClusterNode, 'address' | 'address6'>[]): readonly string[] {
  const prefix = networkOf(nodes);
  const prefix6 = /^([\da-f:]+)::/.exec(nodes[0]?.address6 ?? '')?.[1];
  const of6 = prefix6 === undefined ? [] : [`${prefix6}::c8:100-${prefix6}::c8:131`];
  return [`${prefix}.200.100-${prefix}.200.149`, ...of6];
}

/** The addresses of the pool that automatic choices come to last. */
export function usableAddresses(nodes: readonly Pick<ClusterNode, 'address'>[]): readonly string[] {
  return Array.from({ length: 12 }, (_, i) => `${networkOf(nodes)}.200.${138 + i}`);
}

function networkOf([node]: readonly Pick<ClusterNode, 'address'>[]): string {
  const [, prefix] = /^(\d+\.\d+)\.\d+\.\d+$/.exec(node?.address ?? '') ?? [];
  if (prefix === undefined) throw new Error('the nodes have no IPv4 addresses');
  return prefix;
}

/** Takes Sallyport out again as docs/install.md says; answers what is left on the nodes, one line each. */
export async function uninstallSallyport(
  place: Place,
  { kubectl, image, nodes }: Pick<InstallWish, 'kubectl' | 'image' | 'nodes'>,
): Promise<readonly string[]> {
  const render = (overlay: readonly string[]) =>
    renderInstallation(kubectl, parseInstallOptions(['--image', image, ...overlay]));
  await place.kubectl(['delete', '-n', system, 'deployment/sallyport-controller', 'daemonset/sallyport-failover']);
  await place.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], render(['--overlay', 'uninstall']));
  await place.kubectl(['rollout', 'status', '-n', system, 'daemonset/sallyport-agent', '--timeout=120s']);
  await place.kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', '-'], render([]));
  const left = await Promise.all(
    nodes.map(async ({ name }) => (await leftOn(place, name)).map((line) => `${name}: ${line}`)),
  );
  return left.flat();
}

// By the node's own tools: nothing of ours may be asked.
async function leftOn(place: Place, node: string): Promise<readonly string[]> {
  const script = `
nft list tables | grep -E 'sallyport' || true
ip -o link show | grep -oE ': (egress0|egl0|egl1|egp0|egr0)[@:]' || true
for family in -4 -6; do
  ip $family route show table all proto 84 2>/dev/null || true
  ip $family rule show | grep -vE 'lookup (local|main|default)' || true
done
ip -o addr show | grep -E ' (198\\.1[89]\\.|fd5a:11:9f:)' || true
ip neigh show | grep ' managed ' || true
ls /run/sallyport/failover 2>/dev/null || true
`;
  return (await place.onNode(node, script)).split('\n').filter((line) => line.trim() !== '');
}
