import { createObject, mergePatch, type WriteOptions } from './apply.ts';
import { renderMicroTime } from './micro-time.ts';
import { isRecord, type KubeObject } from './object.ts';
import type { KubeClient } from './request.ts';
import type { ResourceRef } from './resource.ts';

export const leaseResource: ResourceRef = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

/** A Lease as far as an election reads it; `holder` is '' when nobody has it. */
export interface LeaseRecord {
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  readonly renewTime: string;
  readonly resourceVersion: string;
}

/** Parses a Lease; what is missing or malformed counts as not held. */
export function parseLease(lease: KubeObject): LeaseRecord {
  const spec = isRecord(lease['spec']) ? lease['spec'] : {};
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, renewTime } = spec;
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : 0,
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    renewTime: typeof renewTime === 'string' ? renewTime : '',
    resourceVersion: lease.metadata.resourceVersion ?? '',
  };
}

/** The fields of a Lease's spec that a holder writes; times are epoch milliseconds. */
export interface LeaseClaim {
  readonly holder: string;
  readonly durationMs: number;
  readonly renewedAt: number;
  readonly acquiredAt?: number | undefined;
  readonly transitions?: number | undefined;
}

export function renderLeaseSpec(claim: LeaseClaim): Readonly<Record<string, unknown>> {
  return {
    holderIdentity: claim.holder,
    leaseDurationSeconds: Math.max(1, Math.ceil(claim.durationMs / 1000)),
    renewTime: renderMicroTime(claim.renewedAt),
    ...(claim.acquiredAt === undefined ? {} : { acquireTime: renderMicroTime(claim.acquiredAt) }),
    ...(claim.transitions === undefined ? {} : { leaseTransitions: claim.transitions }),
  };
}

/** Where a Lease is. */
export interface LeaseAt {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
}

type LeaseWrite = WriteOptions & {
  readonly resourceVersion?: string | undefined;
  readonly timeoutMs?: number | undefined;
};

/** Writes a claim into an existing Lease; with `resourceVersion` only if nobody wrote since (ApiError 409). Never waits for Retry-After: the caller has a deadline. */
export async function patchLease(at: LeaseAt, claim: LeaseClaim, options: LeaseWrite): Promise<LeaseRecord> {
  const patch = { spec: renderLeaseSpec(claim) };
  return parseLease(await mergePatch(at.client, leaseResource, at, patch, { ...options, retries: 0 }));
}

/** Creates a Lease with a claim; ApiError 409 AlreadyExists when somebody was first. */
export async function createLease(
  at: LeaseAt,
  claim: LeaseClaim,
  options: LeaseWrite & { readonly ownerReferences?: readonly unknown[] | undefined },
): Promise<LeaseRecord> {
  const { ownerReferences, ...rest } = options;
  const metadata = {
    namespace: at.namespace,
    name: at.name,
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
  const lease = { metadata, spec: renderLeaseSpec(claim) };
  return parseLease(await createObject(at.client, leaseResource, lease, rest));
}
