import type { Condition, LabelSelector, ObjectMeta } from './meta.ts';

// Gateway API objects as far as Sallyport reads them; a type test holds them against @kubernetes-models/gateway-api.

/** GatewayClass.spec.parametersRef: cluster-scoped when `namespace` is absent. */
export interface ParametersReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** gateway.networking.k8s.io/v1 GatewayClass. */
export interface GatewayClass {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly controllerName: string; readonly parametersRef?: ParametersReference };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly supportedFeatures?: readonly { readonly name: string }[];
  };
}

/** One entry of `allowedRoutes.kinds`: an absent group means the Gateway API group. */
export interface RouteGroupKind {
  readonly group?: string;
  readonly kind: string;
}

export interface RouteNamespaces {
  /** Same (default), All, Selector; anything else allows nothing. */
  readonly from?: string;
  readonly selector?: LabelSelector;
}

export interface Listener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname?: string;
  /** Only whether it is set matters: an IP listener terminates nothing. */
  readonly tls?: object;
  readonly allowedRoutes?: { readonly kinds?: readonly RouteGroupKind[]; readonly namespaces?: RouteNamespaces };
}

/** An address asked for: `type` defaults to IPAddress; an empty or absent value means "allocate one". */
export interface GatewaySpecAddress {
  readonly type?: string;
  readonly value?: string;
}

export interface GatewayInfrastructure {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly parametersRef?: { readonly group: string; readonly kind: string; readonly name: string };
}

export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

export interface GatewayStatusAddress {
  readonly type?: string;
  readonly value: string;
}

/** Status as it is read back: of listeners only what conditions need. */
export interface GatewayStatus {
  readonly addresses?: readonly GatewayStatusAddress[];
  readonly conditions?: readonly Condition[];
  readonly listeners?: readonly { readonly name: string; readonly conditions?: readonly Condition[] }[];
}

/** gateway.networking.k8s.io/v1 Gateway. */
export interface Gateway {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly gatewayClassName: string;
    readonly listeners: readonly Listener[];
    readonly addresses?: readonly GatewaySpecAddress[];
    readonly infrastructure?: GatewayInfrastructure;
    /** Only whether it is set matters. */
    readonly tls?: object;
  };
  readonly status?: GatewayStatus;
}

/** The annotation of the Gateway API CRDs that tells their release, as "v1.6.1". */
export const bundleVersionAnnotation = 'gateway.networking.k8s.io/bundle-version';

/** The releases (major.minor) Sallyport is tested against; others are served at best effort. */
export const supportedBundles: readonly string[] = ['v1.6'];

/** GatewayClass.status.supportedFeatures: upstream's names and those of the GATEWAY-EGRESS profile, ascending. */
export const supportedFeatures: readonly string[] = [
  'ClusterEgressRoute',
  'EgressRoute',
  'EgressRouteParentRefPort',
  'EgressRoutePorts',
  'EgressRouteServiceAccounts',
  'EgressRouteShadowed',
  'Gateway',
  'GatewayAddressEmpty',
  'GatewayEgressAddressPool',
  'GatewayEgressDualStack',
  'GatewayEgressFailover',
  'GatewayEgressIsolation',
  'GatewayEgressMultipleAddresses',
  'GatewayEgressPlacementInfrastructure',
  'GatewayStaticAddresses',
];
