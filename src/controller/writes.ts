import type { KubeObject } from '../kube/object.ts';
import type { ResourceRef } from '../kube/resource.ts';

/** What must still hold on the API server for a write to go out: its watch may be behind (decisions.md 3). */
export interface Check {
  readonly resource: ResourceRef;
  readonly name: string;
  /** Why the write would be wrong, from the object as it is now (undefined: there is none), or undefined. */
  readonly problem: (object: KubeObject | undefined) => string | undefined;
}

interface At {
  readonly resource: ResourceRef;
  readonly name: string;
  readonly namespace?: string;
  readonly checks?: readonly Check[];
}

type Fields = Readonly<Record<string, unknown>>;

/** One request to the API server, as a value: what publishing an EgressPlan comes down to. */
export type Write =
  /** Server-side apply of the whole object, or of its status; with a resourceVersion only while that is the object's. */
  | (At & {
      readonly kind: 'apply';
      readonly body: Fields;
      readonly resourceVersion?: string;
      readonly subresource?: 'status';
    })
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
