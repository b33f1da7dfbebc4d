import { startGateway } from '../../lib/gateways.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { readNodes, startPod } from '../../lib/pods.ts';
import { startRoute } from '../../lib/routes.ts';
import type { ConformanceTest } from '../../lib/test.ts';
import { expectSource, keepsSource, plainSourceOf } from '../../lib/traffic.ts';

export const selectedPods: readonly ConformanceTest[] = [
  {
    name: 'EgressRouteSourceAddress',
    description:
      'From the moment a route is Programmed, Pods on every node leave with the address of its Gateway, TCP and UDP.',
    features: ['Gateway', 'EgressRoute'],
    needs: ['traffic'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const nodes = (await readNodes(scope)).slice(0, 3);
      const pods = nodes.map((node, index) => ({ namespace, name: `pod-${index}`, node }));
      await Promise.all(pods.map(({ node, ...pod }) => startPod(scope, pod, { node })));
      const address = await startGateway(scope, { namespace, name: 'gateway' });
      await startRoute(scope, { namespace, name: 'route' }, { parent: { name: 'gateway' } });
      for (const pod of pods) {
        await expectSource(scope, pod, { source: address });
        await expectSource(scope, pod, { source: address, protocol: 'UDP' });
      }
    },
  },
  {
    name: 'EgressRoutePodSelector',
    description: 'A route with a podSelector concerns the Pods with these labels and leaves all others as they are.',
    features: ['Gateway', 'EgressRoute'],
    needs: ['traffic'],
    run: async (scope) => {
      const namespace = await createNamespace(scope);
      const [chosen, other] = [
        { namespace, name: 'chosen' },
        { namespace, name: 'other' },
      ];
      await Promise.all([
        startPod(scope, chosen, { labels: { app: 'chosen', tier: 'back' } }),
        startPod(scope, other, { labels: { app: 'other', tier: 'back' } }),
      ]);
      const plain = await plainSourceOf(scope, other);
      const address = await startGateway(scope, { namespace, name: 'gateway' });
      const rules = [{ matches: [{ podSelector: { matchLabels: { app: 'chosen', tier: 'back' } } }] }];
      await startRoute(scope, { namespace, name: 'route' }, { parent: { name: 'gateway' }, rules });
      await expectSource(scope, chosen, { source: address });
      await keepsSource(scope, other, { source: plain });
    },
  },
];
