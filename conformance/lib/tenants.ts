import { startGateway } from './gateways.ts';
import type { GatewayFields, Place, Rule } from './manifests.ts';
import { createNamespace } from './namespaces.ts';
import { type PodFields, startPod } from './pods.ts';
import { startRoute } from './routes.ts';
import type { Scope } from './test.ts';

/** A namespace with running Pods and programmed Gateways. */
export interface Tenant {
  readonly namespace: string;
  /** An object's place in the namespace. */
  at(name: string): Place;
  /** IPv4 addresses of the Gateways, in the order asked for. */
  readonly addresses: readonly string[];
}

/** What a tenant has at first; by default one Pod `pod` and one Gateway `gateway`. */
export interface TenantFields {
  readonly labels?: Readonly<Record<string, string>>;
  readonly pods?: Readonly<Record<string, PodFields>>;
  readonly gateways?: Readonly<Record<string, GatewayFields>>;
}

/** Makes a tenant; resolves when its Pods run and its Gateways are programmed. */
export async function startTenant(scope: Scope, fields: TenantFields = {}): Promise<Tenant> {
  const { labels, pods = { pod: {} }, gateways = { gateway: {} } } = fields;
  const namespace = await createNamespace(scope, labels);
  const at = (name: string): Place => ({ namespace, name });
  const [addresses] = await Promise.all([
    Promise.all(Object.entries(gateways).map(([name, gateway]) => startGateway(scope, at(name), gateway))),
    ...Object.entries(pods).map(([name, pod]) => startPod(scope, at(name), pod)),
  ]);
  return { namespace, at, addresses };
}

/** Creates a route of the tenant and waits until it is programmed. */
export async function startTenantRoute(
  scope: Scope,
  tenant: Tenant,
  { name = 'route', gateway = 'gateway', rules }: { name?: string; gateway?: string; rules?: readonly Rule[] } = {},
): Promise<void> {
  await startRoute(scope, tenant.at(name), { parent: { name: gateway }, ...(rules === undefined ? {} : { rules }) });
}
