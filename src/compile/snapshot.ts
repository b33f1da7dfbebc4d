import type { Namespace, Node, ServiceCIDR } from '../api/core.ts';
import type { Gateway, GatewayClass } from '../api/gateway.ts';
import type {
  ClusterEgressRoute,
  EgressAddressClaim,
  EgressAddressPool,
  EgressClass,
  EgressCluster,
  EgressGatewayParameters,
  EgressNode,
  EgressNodeReport,
  EgressPlacement,
  EgressRoute,
  EgressRuleSet,
} from '../api/kinds.ts';

/** Everything the compile looks at, as plain data; arrays in any order, each complete (never compile half a list). */
export interface Snapshot {
  /** Milliseconds since the epoch: the only clock of the compile. */
  readonly now: number;
  /** EgressCluster/default. */
  readonly cluster?: EgressCluster;
  readonly gatewayClasses: readonly GatewayClass[];
  readonly egressClasses: readonly EgressClass[];
  readonly pools: readonly EgressAddressPool[];
  readonly parameters: readonly EgressGatewayParameters[];
  readonly gateways: readonly Gateway[];
  readonly routes: readonly EgressRoute[];
  readonly clusterRoutes: readonly ClusterEgressRoute[];
  readonly claims: readonly EgressAddressClaim[];
  readonly placements: readonly EgressPlacement[];
  readonly ruleSets: readonly EgressRuleSet[];
  readonly egressNodes: readonly EgressNode[];
  readonly reports: readonly EgressNodeReport[];
  readonly nodes: readonly Node[];
  readonly namespaces: readonly Namespace[];
  readonly serviceCidrs: readonly ServiceCIDR[];
  /** Interval of VRRP adverts instead of the profiles' (10..10000, a multiple of 10): a switch of the controller, for labs and trials. */
  readonly advertMilliseconds?: number;
  /** Bundle version of the Gateway API CRDs, as "v1.6.1". */
  readonly gatewayApiVersion?: string;
  /** Gateway uid + '/' + digest of its rule sets (`gatewayDigest`) to the milliseconds when the shell first saw them published. */
  readonly publishedAt: ReadonlyMap<string, number>;
}

/** The part that is judged without looking at a route. */
export type PlatformSnapshot = Omit<Snapshot, 'routes' | 'clusterRoutes' | 'ruleSets' | 'publishedAt'>;
