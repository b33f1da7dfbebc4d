import { controllerName, listenerProtocol } from '../../src/api/names.ts';
import type { Manifest } from './live-controller.ts';

const space = 'crowd';

/** The platform team's part: class, pool, cluster settings, a Ready-less cluster of no nodes, and one Gateway "crowd/main". */
export function platform(): readonly Manifest[] {
  return [
    { kind: 'Namespace', metadata: { name: space } },
    { kind: 'EgressCluster', metadata: { name: 'default' }, spec: {} },
    { kind: 'EgressAddressPool', metadata: { name: 'lab' }, spec: { addresses: ['192.0.2.100-192.0.2.149'] } },
    {
      kind: 'GatewayClass',
      metadata: { name: 'egress' },
      spec: { controllerName, parametersRef: { group: 'sallyport.dev', kind: 'EgressClass', name: 'egress' } },
    },
    egressClass(),
    newGateway('main'),
  ];
}

/** The EgressClass "egress"; without it the class waits, and with it every Gateway and every route. */
export function egressClass(): Manifest {
  return { kind: 'EgressClass', metadata: { name: 'egress' }, spec: { networks: [{ name: 'default' }] } };
}

/** A Gateway in the crowd's namespace. */
export function newGateway(name: string): Manifest {
  const listeners = [{ name: 'egress', protocol: listenerProtocol, port: 1 }];
  return { kind: 'Gateway', metadata: { namespace: space, name }, spec: { gatewayClassName: 'egress', listeners } };
}

/** Routes route-0 … to the Gateway "crowd/main", each with a destination of its own. */
export function crowd(count: number): readonly Manifest[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'EgressRoute',
    metadata: { namespace: space, name: `route-${index}` },
    spec: {
      parentRefs: [{ name: 'main' }],
      rules: [{ matches: [{ destinations: [{ cidr: `100.${64 + (index >> 8)}.${index & 255}.0/24` }] }] }],
    },
  }));
}

/** Whether a request writes the status of a route. */
export function isPatchOfRouteStatus(verb: string, path: string): boolean {
  return verb === 'PATCH' && /\/egressroutes\/[^/]+\/status$/.test(path);
}
