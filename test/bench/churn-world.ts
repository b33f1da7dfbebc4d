import { type TestLab, until } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, untilProgrammed } from '../support/lab-objects.ts';
import { type ChurnPod, churnPort } from './churn-pods.ts';
import type { ChurnCount, ChurnFirst } from './churn-receiver.ts';
import { startScript } from './in-namespace.ts';

/** Two tenants with an address each, and one without: addresses of Pods go from one to the other. */
export interface ChurnWorld {
  /** The Gateways' addresses. */
  readonly sources: readonly string[];
  readonly nodeAddresses: readonly string[];
  /** When the first right datagram of a Pod (NAMESPACE/NAME) came, ms since 1970. */
  readonly first: ReadonlyMap<string, number>;
  /** The Pod of this number; not in step with the nodes. */
  pod(n: number): ChurnPod;
  /** What the server outside has counted so far. */
  count(): Promise<ChurnCount>;
}

/** Makes the tenants, and starts who listens outside; resolves when Pods can come. */
export async function makeChurnWorld(lab: TestLab): Promise<ChurnWorld> {
  const tenants = ['red', 'blue', 'none'] as const;
  await apply(lab, ...tenants.map((name) => namespaceYaml(name)));
  const sources = new Map<string, string>();
  for (const tenant of ['red', 'blue']) {
    await apply(lab, gatewayYaml(`${tenant}/out`), routeYaml(`${tenant}/all`, { gateway: `${tenant}/out` }));
    sources.set(tenant, await addressOf(lab, `${tenant}/out`));
    await untilProgrammed(lab, 'egressroute', `${tenant}/all`);
  }
  for (const tenant of tenants) {
    const account = ['get', 'serviceaccount', '-n', tenant, 'default', '--ignore-not-found', '-o', 'name'];
    await until(`${tenant} has a ServiceAccount`, async () => ((await lab.kubectl(account)) === '' ? undefined : true));
  }
  const output = 'jsonpath={range .items[*]}{.metadata.name} {.status.addresses[0].address}{"\\n"}{end}';
  const nodes = (await lab.kubectl(['get', 'nodes', '-o', output]))
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return {
    sources: [...sources.values()],
    nodeAddresses: nodes.map(([, address = '']) => address),
    pod: (n) => {
      const [node = '', nodeAddress = ''] = nodes[n % nodes.length] ?? [];
      const namespace = tenants[Math.floor(n / nodes.length) % tenants.length] ?? 'none';
      return { namespace, name: `churn-${n}`, node, expected: sources.get(namespace) ?? nodeAddress };
    },
    ...(await startReceiver()),
  };
}

async function startReceiver(): Promise<Pick<ChurnWorld, 'first' | 'count'>> {
  const receiver = startScript('/run/netns/outside', 'churn-receiver.ts', [churnPort]);
  await receiver.next();
  const first = new Map<string, number>();
  let onCount = (_count: ChurnCount): void => {};
  const follow = async (): Promise<never> => {
    for (;;) {
      const line = await receiver.next<ChurnFirst | ChurnCount>();
      if ('name' in line) first.set(line.name, line.at);
      else onCount(line);
    }
  };
  void follow();
  const count = () =>
    new Promise<ChurnCount>((resolve) => {
      onCount = resolve;
      receiver.tell('report');
    });
  return { first, count };
}
