import type { LabelSelector } from '../../src/api/meta.ts';
import { apiGroup, apiVersion, gatewayGroup, listenerProtocol } from '../../src/api/names.ts';
import type { KubeObject, ObjectName } from './world.ts';

export const gatewayApi = `${gatewayGroup}/v1`;

/** A route's reference to a Gateway. */
export interface ParentRef {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

/** One match of a route, as far as tests write it; `namespaceSelector` in ClusterEgressRoutes only. */
export interface Match {
  readonly namespaceSelector?: LabelSelector;
  readonly podSelector?: LabelSelector;
  readonly serviceAccounts?: readonly string[];
  readonly destinations?: readonly {
    readonly cidr?: string;
    readonly except?: readonly string[];
    readonly hostname?: string;
  }[];
  readonly ports?: readonly { readonly protocol?: string; readonly port?: number; readonly endPort?: number }[];
}

export interface Rule {
  readonly name?: string;
  readonly matches?: readonly Match[];
}

export interface Listener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname?: string;
  readonly tls?: object;
  readonly allowedRoutes?: {
    readonly kinds?: readonly { readonly group?: string; readonly kind: string }[];
    readonly namespaces?: { readonly from: string; readonly selector?: LabelSelector };
  };
}

/** A listener for egress; without more it takes EgressRoutes of its own namespace. */
export function listener(more: Partial<Listener> = {}): Listener {
  return { name: 'egress', port: 1, protocol: listenerProtocol, ...more };
}

/** A listener that takes EgressRoutes of every namespace. */
export function openListener(more: Partial<Listener> = {}): Listener {
  return listener({ allowedRoutes: { namespaces: { from: 'All' } }, ...more });
}

export interface GatewayFields {
  readonly listeners?: readonly Listener[];
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
  readonly infrastructure?: object;
}

/** A Gateway of a class with one listener, unless it says otherwise. */
export function gatewayManifest(at: Place, className: string, fields: GatewayFields = {}): KubeObject {
  return {
    apiVersion: gatewayApi,
    kind: 'Gateway',
    metadata: { namespace: at.namespace, name: at.name },
    spec: { gatewayClassName: className, listeners: [listener()], ...fields },
  };
}

/** An EgressRoute with one rule without matches (all Pods, all destinations), unless it says otherwise. */
export function routeManifest(at: Place, parents: readonly ParentRef[], rules: readonly Rule[] = [{}]): KubeObject {
  return {
    apiVersion,
    kind: 'EgressRoute',
    metadata: { namespace: at.namespace, name: at.name },
    spec: { parentRefs: parents, rules },
  };
}

/** A ClusterEgressRoute; its parents need namespaces. */
export function clusterRouteManifest(name: string, parents: readonly ParentRef[], rules: readonly Rule[]): KubeObject {
  return { apiVersion, kind: 'ClusterEgressRoute', metadata: { name }, spec: { parentRefs: parents, rules } };
}

/** A namespaced object's place. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export const gatewayName = (at: Place): ObjectName => ({ apiVersion: gatewayApi, kind: 'Gateway', ...at });
export const classNameOf = (name: string): ObjectName => ({ apiVersion: gatewayApi, kind: 'GatewayClass', name });
export const routeName = (at: Place): ObjectName => ({ apiVersion, kind: 'EgressRoute', ...at });
export const clusterRouteName = (name: string): ObjectName => ({ apiVersion, kind: 'ClusterEgressRoute', name });
export const podName = (at: Place): ObjectName => ({ apiVersion: 'v1', kind: 'Pod', ...at });
export const namespaceName = (name: string): ObjectName => ({ apiVersion: 'v1', kind: 'Namespace', name });

/** `allowedRoutes.kinds` entry for one of the route kinds. */
export const routeKind = (kind: 'EgressRoute' | 'ClusterEgressRoute') => ({ group: apiGroup, kind });
