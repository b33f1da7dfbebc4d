import { describe, expect, it } from 'vitest';
import { judge } from '../../../../hack/lab/ready.ts';

const ours = 'sallyport.dev/egress-controller';
const metadata = { name: 'x', namespace: 'n', uid: 'u', generation: 3, resourceVersion: '1' };
const condition = (type: string, status: string, observedGeneration = 3) => ({
  type,
  status,
  observedGeneration,
  reason: 'R',
});

describe('judge', () => {
  it.each([
    ['a Gateway without status', { kind: 'Gateway', metadata }, 'no conditions yet'],
    [
      'a Gateway that is Programmed',
      {
        kind: 'Gateway',
        metadata,
        status: { conditions: [condition('Accepted', 'True'), condition('Programmed', 'True')] },
      },
      undefined,
    ],
    [
      'a Gateway that is refused',
      {
        kind: 'Gateway',
        metadata,
        status: { conditions: [condition('Accepted', 'False'), condition('Programmed', 'False')] },
      },
      undefined,
    ],
    [
      'a Gateway that is not Programmed',
      {
        kind: 'Gateway',
        metadata,
        status: { conditions: [condition('Accepted', 'True'), condition('Programmed', 'False')] },
      },
      'Programmed is False R',
    ],
    [
      'a condition of an older generation',
      { kind: 'Gateway', metadata, status: { conditions: [condition('Accepted', 'True', 2)] } },
      'Accepted is of generation 2, not 3',
    ],
    [
      'a route Programmed at our parent',
      {
        kind: 'EgressRoute',
        metadata,
        status: {
          parents: [
            { controllerName: ours, conditions: [condition('Accepted', 'True'), condition('Programmed', 'True')] },
          ],
        },
      },
      undefined,
    ],
    [
      'a route not Programmed at our parent',
      {
        kind: 'EgressRoute',
        metadata,
        status: { parents: [{ controllerName: ours, conditions: [condition('Accepted', 'True')] }] },
      },
      'Programmed is missing',
    ],
    [
      'a route with a foreign parent only',
      {
        kind: 'EgressRoute',
        metadata,
        status: { parents: [{ controllerName: 'other', conditions: [condition('Accepted', 'True')] }] },
      },
      'no conditions yet',
    ],
    [
      'a route refused at the top',
      { kind: 'EgressRoute', metadata, status: { parents: [], conditions: [condition('Accepted', 'False')] } },
      undefined,
    ],
    [
      'a GatewayClass',
      { kind: 'GatewayClass', metadata, status: { conditions: [condition('Accepted', 'True')] } },
      undefined,
    ],
    [
      'a Deployment that is not seen',
      { kind: 'Deployment', metadata, spec: { replicas: 2 }, status: { observedGeneration: 2, availableReplicas: 2 } },
      'not seen by its controller yet',
    ],
    [
      'a StatefulSet that is half there',
      { kind: 'StatefulSet', metadata, spec: { replicas: 2 }, status: { observedGeneration: 3, availableReplicas: 1 } },
      '1 of 2 ready',
    ],
    [
      'a Deployment that is half there',
      { kind: 'Deployment', metadata, spec: { replicas: 2 }, status: { observedGeneration: 3, availableReplicas: 1 } },
      '1 of 2 ready',
    ],
    [
      'a DaemonSet that is there',
      { kind: 'DaemonSet', metadata, status: { observedGeneration: 3, desiredNumberScheduled: 2, numberReady: 2 } },
      undefined,
    ],
    ['a Pod that waits', { kind: 'Pod', metadata, status: { phase: 'Pending' } }, 'Ready is missing'],
  ])('%s', (_, object, why) => {
    expect(judge(object)).toBe(why);
  });
});
