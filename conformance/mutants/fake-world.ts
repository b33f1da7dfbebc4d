import type { Feature } from '../lib/features.ts';
import type { World } from '../lib/world.ts';
import { type Cluster, create, openApi } from './cluster/api.ts';
import { runKubernetes } from './cluster/kubernetes.ts';
import { openStore } from './cluster/object-store.ts';
import { startVirtualClock } from './cluster/virtual-clock.ts';
import { type Implementation, runImplementation } from './fake/controller.ts';
import type { PodObject } from './fake/view.ts';
import type { Wrong } from './mistakes.ts';

const controllerName = 'fake.example/egress-controller';
const gatewayClass = 'fake-egress';
const start = Date.parse('2030-01-01T00:00:00Z');

/** A cluster in memory with the fake implementation in it. */
export interface FakeWorld {
  readonly world: World;
  /** Ends it: whoever waits waits for ever. */
  stop(): void;
}

/** Starts one that has these features and makes these mistakes. */
export function startFakeWorld(features: readonly Feature[], wrong: Wrong): FakeWorld {
  const clock = startVirtualClock(start);
  const cluster: Cluster = { store: openStore(), clock, wrong };
  const api = openApi(cluster);
  runKubernetes(cluster);
  const implementation = runImplementation(cluster, controllerName, features);
  install(cluster, features.includes('GatewayEgressDualStack'));
  return {
    world: {
      api,
      clock,
      gatewayClass,
      controllerName,
      podContainer: { name: 'main', image: 'none' },
      traffic: {
        outside: {
          ipv4: ['198.51.100.10', '198.51.100.210', '203.0.113.10', '203.0.113.210'],
          ipv6: ['2001:db8:51::10', '2001:db8:51:0:8000::10'],
        },
        ask: ({ pod, ...sent }) => ask(cluster, implementation, pod, sent),
      },
      faults: {
        crash: async (node) => implementation.nodes.crash(node),
        heal: async (node) => implementation.nodes.heal(node),
      },
      addresses: {
        usable: ['192.0.2.140', '192.0.2.141', '192.0.2.142', '192.0.2.143', '192.0.2.144', '192.0.2.145'],
        unusable: '192.0.2.250',
      },
    },
    stop: clock.stop,
  };
}

type Traffic = NonNullable<World['traffic']>;
type Question = Parameters<Traffic['ask']>[0];

async function ask(
  { store, clock }: Cluster,
  implementation: Implementation,
  { namespace, name }: Question['pod'],
  sent: Omit<Question, 'pod'>,
): Promise<string | undefined> {
  const pod = store.get('Pod', namespace, name) as PodObject | undefined;
  const source = pod?.status === undefined ? undefined : implementation.sourceOf(pod, sent);
  await clock.sleep(source === undefined ? 3000 : 2);
  return source;
}

const gatewayApi = 'gateway.networking.k8s.io/v1';
const own = 'sallyport.dev/v1alpha1';

/** What the platform team of the fake cluster has applied. */
function install(cluster: Cluster, dualStack: boolean): void {
  const parametersRef = { group: 'sallyport.dev', kind: 'EgressClass', name: 'fake' };
  const ipv6 = dualStack ? ['2001:db8:2::100-2001:db8:2::1ff'] : [];
  const pool = { addresses: ['192.0.2.96/27', '192.0.2.128/27', ...ipv6] };
  for (const name of ['default', 'kube-system'])
    create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  create(cluster, { apiVersion: own, kind: 'EgressCluster', metadata: { name: 'default' }, spec: {} });
  create(cluster, { apiVersion: own, kind: 'EgressClass', metadata: { name: 'fake' }, spec: {} });
  create(cluster, { apiVersion: own, kind: 'EgressAddressPool', metadata: { name: 'fake' }, spec: pool });
  const spec = { controllerName, parametersRef };
  create(cluster, { apiVersion: gatewayApi, kind: 'GatewayClass', metadata: { name: gatewayClass }, spec });
}
