import type { Gateway } from '../api/gateway.ts';
import type { GatewayHolder } from '../api/kinds.ts';
import type { Ip } from '../net/ip.ts';
import type { Range } from '../net/range.ts';
import type { AddressRequest, AddressRequests } from './address-requests.ts';
import type { ClaimLedger } from './claim-ledger.ts';
import type { JudgedPool } from './judge-pools.ts';
import type { RestJudge } from './rest.ts';

/** What one allocation of addresses works on and writes to. */
export interface World {
  readonly ledger: ClaimLedger;
  readonly pools: readonly JudgedPool[];
  readonly inside: readonly Range[];
  readonly rest: RestJudge;
  /** Walks of free addresses: per pool and family, each address looked at once per compile. */
  readonly walks: Map<string, Iterator<Ip>>;
}

/** A Gateway that takes part, with the pools that it may take from. */
export interface Applicant extends Required<AddressApplicant> {
  readonly usable: readonly JudgedPool[];
  readonly holder: GatewayHolder;
}

/** A Gateway that takes part in the allocation; without `wants` it is not accepted and keeps what it has. */
export interface AddressApplicant {
  readonly gateway: Gateway;
  readonly wants?: {
    readonly network: string;
    readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
    readonly requests: AddressRequests;
  };
}

/** An address given to a request; `confirmed` once its claim object says so. */
export interface Grant {
  readonly request: AddressRequest;
  readonly ip: Ip;
  readonly confirmed: boolean;
}

/** Whether what came from the pool may be on the network; a pool that is gone says nothing: what was allocated from it stays. */
export function isOfNetwork({ pools }: World, pool: string | undefined, network: string): boolean {
  const settings = pools.find((candidate) => candidate.pool.metadata.name === pool)?.settings;
  return settings === undefined || settings.network === network;
}
