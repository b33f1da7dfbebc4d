import { apiGroup } from '../../../src/api/names.ts';
import { accepted, createGateway, programmed, untilGateway } from '../../lib/gateways.ts';
import { gatewayName, listener } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import type { ConformanceTest } from '../../lib/test.ts';

const refused = { type: 'Accepted', status: 'False', reason: 'InvalidParameters' } as const;

export const gatewayParameters: readonly ConformanceTest[] = [
  {
    name: 'GatewayInvalidParameters',
    description:
      'A Gateway whose infrastructure.parametersRef is of an unknown kind or names nothing is not Accepted: InvalidParameters; without it, it is served.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const parametersRef = { group: 'conformance.sallyport.dev', kind: 'Unknown', name: 'missing' };
      await createGateway(scope, at, { infrastructure: { parametersRef } });
      await untilGateway(scope, at, refused, { type: 'Programmed', status: 'False' });
      const missing = { group: apiGroup, kind: 'EgressGatewayParameters', name: 'missing' };
      await scope.world.api.patch(gatewayName(at), { spec: { infrastructure: { parametersRef: missing } } });
      await untilGateway(scope, at, refused, { type: 'Programmed', status: 'False' });
      await scope.world.api.patch(gatewayName(at), { spec: { infrastructure: null } });
      await untilGateway(scope, at, accepted, programmed);
    },
  },
  {
    name: 'GatewayRecovers',
    description: 'A Gateway that was refused is served once its spec is right, and refused again once it is wrong.',
    features: ['Gateway'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const bad = { spec: { listeners: [listener({ protocol: 'TCP' })] } };
      await createGateway(scope, at, bad.spec);
      const refusal = { type: 'Accepted', status: 'False', reason: 'ListenersNotValid' } as const;
      await untilGateway(scope, at, refusal, { type: 'Programmed', status: 'False' });
      await scope.world.api.patch(gatewayName(at), { spec: { listeners: [listener()] } });
      await untilGateway(scope, at, accepted, programmed);
      await scope.world.api.patch(gatewayName(at), bad);
      await untilGateway(scope, at, refusal, { type: 'Programmed', status: 'False' });
    },
  },
];
