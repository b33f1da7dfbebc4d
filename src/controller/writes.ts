import type { KubeObject } from '../kube/object.ts';
import type { ResourceRef } from '../kube/resource.ts';

interface At {
  readonly resource: ResourceRef;
  readonly name: string;
  readonly namespace?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** One request to the API server, as a value: what publishing an EgressPlan comes down to. */
export type Write =
  /** Server-side apply of the whole object, or of its status. */
  | (At & { readonly kind: 'apply'; readonly body: Fields; readonly subresource?: 'status' })
  | (At & { readonly kind: 'create'; readonly body: Fields })
  /** Merge patch that holds only for this resourceVersion. */
  | (At & {
      readonly kind: 'swap';
      readonly body: Fields;
      readonly resourceVersion: string;
      readonly subresource?: 'status';
    })
  /** Status that others write, too: computed from what is there, again after each conflict; undefined: nothing to write. */
  | (At & {
      readonly kind: 'share';
      readonly current: KubeObject;
      readonly compute: (current: KubeObject) => Fields | undefined;
    })
  | (At & { readonly kind: 'delete'; readonly resourceVersion?: string });
