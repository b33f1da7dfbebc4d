import type { ConformanceTest } from './lib/test.ts';
import { allocation } from './tests/addresses/allocation.ts';
import { addressKinds } from './tests/addresses/kinds.ts';
import { staticAddresses } from './tests/addresses/static.ts';
import { routeSchema } from './tests/api/route-schema.ts';
import { allowedNamespaces } from './tests/attachment/namespaces.ts';
import { parents } from './tests/attachment/parents.ts';
import { sections } from './tests/attachment/sections.ts';
import { routeStatus } from './tests/attachment/status.ts';
import { destinations } from './tests/data-path/destinations.ts';
import { identities } from './tests/data-path/identities.ts';
import { ports } from './tests/data-path/ports.ts';
import { selectedPods } from './tests/data-path/selected-pods.ts';
import { endOfRights, failClosed } from './tests/failure-modes/fail-closed.ts';
import { failover } from './tests/failure-modes/failover.ts';
import { gatewayDeletion } from './tests/gateway/deletion.ts';
import { gatewayInfrastructure } from './tests/gateway/infrastructure.ts';
import { gatewayParameters } from './tests/gateway/parameters.ts';
import { gatewayStatus } from './tests/gateway/status.ts';
import { classOwnership } from './tests/gateway-class/ownership.ts';
import { classStatus } from './tests/gateway-class/status.ts';
import { isolatedNamespaces } from './tests/isolation/isolated.ts';
import { isolation } from './tests/isolation/tenants.ts';
import { attachedRoutes } from './tests/listeners/attached-routes.ts';
import { listenerRefusals } from './tests/listeners/refusals.ts';
import { listenerStatuses } from './tests/listeners/status.ts';
import { clusterRoutes } from './tests/precedence/cluster-routes.ts';
import { precedenceOrder } from './tests/precedence/order.ts';
import { shadowedRoutes } from './tests/precedence/shadowed.ts';

/** Every test, by area, in the order in which they are listed and started. */
export const areas = {
  GatewayClass: [...classStatus, ...classOwnership],
  Gateway: [...gatewayStatus, ...gatewayParameters, ...gatewayInfrastructure, ...gatewayDeletion],
  addresses: [...allocation, ...addressKinds, ...staticAddresses],
  listeners: [...listenerStatuses, ...listenerRefusals, ...attachedRoutes],
  schema: [...routeSchema],
  attachment: [...parents, ...sections, ...allowedNamespaces, ...routeStatus],
  precedence: [...precedenceOrder, ...clusterRoutes, ...shadowedRoutes],
  'data path': [...selectedPods, ...destinations, ...ports, ...identities],
  'failure modes': [...failClosed, ...endOfRights, ...failover],
  isolation: [...isolation, ...isolatedNamespaces],
} as const satisfies Readonly<Record<string, readonly ConformanceTest[]>>;

/** Every test of the profile. */
export const suite: readonly ConformanceTest[] = Object.values(areas).flat();
