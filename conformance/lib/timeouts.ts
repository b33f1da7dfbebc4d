import type { Timeouts } from './test.ts';

/** Generous where waiting ends early, short where it always lasts to the end. */
export const defaultTimeouts: Timeouts = {
  poll: 250,
  status: 30_000,
  programmed: 60_000,
  pod: 60_000,
  traffic: 30_000,
  deletion: 90_000,
  failover: 30_000,
  quiet: 3_000,
};
