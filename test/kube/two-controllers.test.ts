import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EgressAddressClaim, EgressPlacement } from '../../src/api/kinds.ts';
import { resources } from '../../src/api/resources.ts';
import { projectObject } from '../../src/kube/project.ts';
import { watched } from '../../src/kube/watched.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { waitUntil } from '../support/child-process.ts';
import {
  type BareController,
  type ControllerWorld,
  gatewaySpec,
  report,
  startBareController,
  startControllerWorld,
} from '../support/controller-world.ts';

// Two controllers that both believe to lead, one of them with watches that are behind: what decisions.md 3 promises holds.
let world: ControllerWorld;
let fresh: BareController;
let behind: BareController;
const stop = new AbortController();
/** Every moment at which two placements carried one address or number, as an independent watch saw it. */
const doubles: string[] = [];

beforeAll(async () => {
  world = await startControllerWorld();
  watchDoubles();
  fresh = await startBareController(world.server, 'fresh');
  behind = await startBareController(world.server, 'behind');
}, 120_000);
afterAll(async () => {
  stop.abort();
  await behind?.[Symbol.asyncDispose]();
  await fresh?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

function watchDoubles(): void {
  const placements = watched<EgressPlacement>(
    { client: world.admin, clock: systemClock, signal: stop.signal, onChange: () => look() },
    { resource: resources.egressPlacements, project: projectObject },
  );
  const look = () => {
    const seen = new Set<unknown>();
    for (const { spec } of placements.list()) {
      for (const { id, ipv4 } of spec.identities) {
        for (const one of [id, ipv4]) {
          if (seen.has(one)) doubles.push(`${one}: ${JSON.stringify(placements.list().map((p) => p.spec))}`);
          seen.add(one);
        }
      }
    }
  };
}

const placementOf = async (gateway: string) => {
  const uid = (await world.read(resources.gateways, gateway))?.metadata.uid ?? '';
  return (await world.read(resources.egressPlacements, uid)) as EgressPlacement | undefined;
};
const claimOf = async (address: string) =>
  (await world.read(resources.egressAddressClaims, address)) as unknown as EgressAddressClaim | undefined;
const until = (what: string, question: () => Promise<boolean>, limit = 30_000) => waitUntil(question, { what, limit });
const untilPlaced = (gateway: string, address: string) =>
  until(`${gateway} has ${address}`, async () => (await placementOf(gateway))?.spec.identities[0]?.ipv4 === address);

test('two that decide the same at the same time agree', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  await Promise.all(names.map((name) => world.apply(resources.gateways, `shop/${name}`, gatewaySpec())));
  await until('all have a placement', async () => {
    const found = await Promise.all(names.map((name) => placementOf(`shop/${name}`)));
    return found.every((placement) => placement !== undefined);
  });
  const found = await Promise.all(names.map((name) => placementOf(`shop/${name}`)));
  const addresses = found.map((placement) => placement?.spec.identities[0]?.ipv4);
  expect(new Set(addresses).size).toBe(names.length);
  expect(doubles).toEqual([]);
  await Promise.all(names.map((name) => world.remove(resources.gateways, `shop/${name}`)));
  await until('no placement is left', async () => fresh.snapshot().placements.length === 0);
});

test('who has not heard that a Gateway is gone does not place its address again, when somebody else has it', async () => {
  const address = '192.0.2.109';
  const fixed = gatewaySpec({ addresses: [{ type: 'IPAddress', value: address }] });
  await world.apply(resources.gateways, 'shop/old', fixed);
  await untilPlaced('shop/old', address);
  await until('the other one knows', async () => behind.snapshot().placements.length === 1);
  // From here on it sees placements come and go, but neither Gateways nor claims nor numbers.
  behind.stall('gateways', 'egressaddressclaims', 'egressclusters');
  await world.remove(resources.gateways, 'shop/old');
  await world.apply(resources.gateways, 'shop/new', fixed);
  await until('the address rests', async () => (await claimOf(address))?.spec.quarantinedUntil !== undefined);
  const stop = setInterval(() => behind.trigger(), 50);
  try {
    // Rests 10 s; only one of the two knows.
    await untilPlaced('shop/new', address);
    await delay(1_000);
  } finally {
    clearInterval(stop);
  }
  expect(behind.snapshot().gateways.map(({ metadata }) => metadata.name)).toEqual(['old']);
  expect(doubles).toEqual([]);
  expect((await claimOf(address))?.spec.holder.name).toBe('new');
  behind.resume();
  await until('it hears', async () => behind.snapshot().gateways[0]?.metadata.name === 'new');
  await delay(500);
  expect((await placementOf('shop/new'))?.spec.identities[0]?.ipv4).toBe(address);
  expect(doubles).toEqual([]);
});

test('a Gateway made again has its address back as soon as nobody reports the deleted one', async () => {
  const address = '192.0.2.109';
  await report(world, fresh);
  const before = await placementOf('shop/new');
  await world.remove(resources.gateways, 'shop/new');
  await world.apply(resources.gateways, 'shop/new', gatewaySpec());
  await until('the address is given up', async () => (await claimOf(address))?.spec.quarantinedUntil !== undefined);
  await delay(1_000);
  expect(await placementOf('shop/new')).toBeUndefined();
  await report(world, fresh);
  await untilPlaced('shop/new', address);
  expect((await placementOf('shop/new'))?.metadata.name).not.toBe(before?.metadata.name);
  const claim = await claimOf(address);
  expect(claim?.spec.quarantinedUntil).toBeUndefined();
  expect(claim?.spec.holder.uid).toBe((await placementOf('shop/new'))?.metadata.name);
  expect(doubles).toEqual([]);
});

test('what was given up is taken back by who gave it up', async () => {
  const address = '192.0.2.109';
  await world.apply(resources.gateways, 'shop/new', gatewaySpec({ addresses: [{ value: '192.0.2.105' }] }));
  await untilPlaced('shop/new', '192.0.2.105');
  await until('the first one rests', async () => (await claimOf(address))?.spec.quarantinedUntil !== undefined);
  await world.apply(resources.gateways, 'shop/new', gatewaySpec({ addresses: [{ value: address }] }));
  await untilPlaced('shop/new', address);
  expect((await claimOf(address))?.spec.quarantinedUntil).toBeUndefined();
});
