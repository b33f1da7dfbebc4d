import { describe } from 'vitest';
import { createFakeRouting } from '../../../support/fake-routing.ts';
import { routeContract } from '../../../support/route-contract.ts';

describe('the fake routing', () => {
  routeContract(async () => {
    const routing = createFakeRouting();
    return { routing, intrude: routing.intrude };
  }, 300);
});
