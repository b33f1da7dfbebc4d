import type { ObjectMeta } from './meta.ts';

/** core/v1 Pod as far as an agent reads it; `podIPs` are canonical addresses. */
export interface Pod {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly nodeName?: string; readonly hostNetwork?: boolean; readonly serviceAccountName?: string };
  /** The uid by which the container runtime knows a static Pod, of which this is the mirror: the kubelet's, not the API's. */
  readonly mirrorOf?: string;
  /** It is ready, and says that it sends beacons: to be believed of Sallyport's own. */
  readonly sendsBeacons?: true;
  readonly status: { readonly phase?: string; readonly podIPs: readonly string[] };
}
