import type { ObjectMeta } from './meta.ts';

/** core/v1 Pod as far as an agent reads it; `podIPs` are canonical addresses. */
export interface Pod {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly nodeName?: string; readonly hostNetwork?: boolean; readonly serviceAccountName?: string };
  readonly status: { readonly phase?: string; readonly podIPs: readonly string[] };
}
