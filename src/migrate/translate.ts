import { compareText } from '../compile/order.ts';
import type { Family } from '../net/ip.ts';
import { readAntrea } from './antrea.ts';
import { readCilium } from './cilium.ts';
import { readKubeVip } from './kube-vip.ts';
import type { Draft, Note, Peer, PoolWish, TranslateOptions, Translation } from './model.ts';
import { createNamer } from './names.ts';
import { readOvn } from './ovn.ts';
import { planClasses } from './plan-classes.ts';
import { type PlannedGateway, planGateways, renderGateway } from './plan-gateways.ts';
import { planPools } from './plan-pools.ts';
import { planRoutes } from './plan-routes.ts';
import type { Documents, SourceObject } from './read-documents.ts';
import { isHelper, sortSources } from './sort-sources.ts';
import { readSpidernet } from './spidernet.ts';

const readers: Readonly<Record<Peer, (objects: readonly SourceObject[], options: TranslateOptions) => Draft>> = {
  cilium: readCilium,
  antrea: readAntrea,
  spidernet: readSpidernet,
  ovn: readOvn,
  'kube-vip': readKubeVip,
};

/** The manifests of a peer as ours. The order of the documents does not matter, but of several of one name the last counts. */
export function translateFrom(documents: Documents, options: TranslateOptions): Translation {
  const { own, notes } = sortSources(documents.objects, options.from);
  const draft = readers[options.from](own, options);
  const intents = draft.intents.toSorted((a, b) => compareText(orderOf(a), orderOf(b)));
  const name = createNamer();
  const gateways = planGateways(intents, options.namespace, name);
  const classes = planClasses([...draft.pools, ...gateways.map(useOf)], options.gatewayClass, name);
  const pools = planPools(draft.pools, gateways, { ...options, name });
  const routes = planRoutes(gateways, (gateway) => familiesOf(gateway, draft.pools), name);
  const rendered = gateways.map((gateway) =>
    renderGateway(withPools(gateway, pools.nameOf), classes.nameOf(gateway.classWish)),
  );
  return {
    manifests: [...classes.manifests, ...pools.manifests, ...rendered, ...routes.manifests],
    notes: [...draft.notes, ...pools.notes, ...routes.notes, ...notes],
    problems: [...documents.problems, ...draft.problems],
  };
}

/** Whether there was anything to translate. */
export function hasSources(documents: Documents, from: Peer): boolean {
  return sortSources(documents.objects, from).own.some((object) => !isHelper(object));
}

const orderOf = ({ origin }: Draft['intents'][number]): string =>
  `${origin.kind} ${origin.namespace ?? ''}/${origin.name}`;

function useOf({ intents: [first], classWish }: PlannedGateway) {
  const origin: Note['origin'] = first?.origin ?? { file: '', line: 0, kind: '', name: '' };
  return { origin, ...(classWish === undefined ? {} : { classWish }) };
}

function withPools(gateway: PlannedGateway, nameOf: (pool: string) => string): PlannedGateway {
  const addresses = gateway.addresses.map((address) =>
    address.kind === 'pool' ? { ...address, pool: nameOf(address.pool) } : address,
  );
  return { ...gateway, addresses };
}

function familiesOf({ addresses }: PlannedGateway, pools: readonly PoolWish[]): ReadonlySet<Family> | undefined {
  const families = addresses.map((address) => {
    if (address.kind === 'fixed') return [address.ip.family];
    return pools.find(({ name }) => name === address.pool)?.addresses.map(({ range }) => range.family);
  });
  const known = families.filter((list) => list !== undefined);
  return known.length === 0 || known.length < families.length ? undefined : new Set(known.flat());
}
