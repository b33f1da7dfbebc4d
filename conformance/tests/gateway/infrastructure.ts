import { apiVersion } from '../../../src/api/names.ts';
import { accepted, createGateway, programmed, untilGateway } from '../../lib/gateways.ts';
import { gatewayName, type Place } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import { eventually, found, missed } from '../../lib/poll.ts';
import { textAt, valueAt } from '../../lib/read.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';

export const gatewayInfrastructure: readonly ConformanceTest[] = [
  {
    name: 'GatewayInfrastructure',
    description:
      'Labels and annotations of infrastructure are on the EgressPlacement of the Gateway, and follow when they change.',
    features: ['Gateway', 'GatewayEgressPlacementInfrastructure'],
    run: async (scope) => {
      const at = { namespace: await createNamespace(scope), name: 'gateway' };
      const infrastructure = (value: string) => ({
        labels: { tier: value },
        annotations: { 'example.com/note': value },
      });
      await createGateway(scope, at, { infrastructure: infrastructure('one') });
      await untilGateway(scope, at, accepted, programmed);
      await untilPlacement(scope, at, 'one');
      await scope.world.api.patch(gatewayName(at), { spec: { infrastructure: infrastructure('two') } });
      await untilPlacement(scope, at, 'two');
    },
  },
];

async function untilPlacement(scope: Scope, { namespace, name }: Place, value: string): Promise<void> {
  const where = `EgressPlacement of Gateway ${namespace}/${name} metadata`;
  const expected = `label tier and annotation example.com/note, both ${value}`;
  await eventually(scope, { expected, where, within: scope.timeouts.status }, async () => {
    const placements = await scope.world.api.list({ apiVersion, kind: 'EgressPlacement' });
    const placement = placements.find(({ spec }) => {
      return textAt(spec, 'gateway', 'namespace') === namespace && textAt(spec, 'gateway', 'name') === name;
    });
    const label = valueAt(placement, 'metadata', 'labels', 'tier');
    const note = valueAt(placement, 'metadata', 'annotations', 'example.com/note');
    return label === value && note === value ? found(undefined) : missed(`label ${label}, annotation ${note}`);
  });
}
