import type { Listener } from '../api/gateway.ts';
import { apiGroup, gatewayGroup, listenerProtocol, poolAddressType } from '../api/names.ts';
import { formatIp } from '../net/ip.ts';
import { classKey } from './gateway-wish.ts';
import type { AddressWish, ClassWish, GatewayWish, Intent, Note, NotedManifest } from './model.ts';
import type { Namer } from './names.ts';
import { describeOrigin } from './read-each.ts';
import { namespaceNameLabel } from './selectors.ts';

/** A Gateway to be made, and whose. */
export interface PlannedGateway {
  readonly namespace: string;
  readonly name: string;
  readonly addresses: readonly AddressWish[];
  readonly classWish?: ClassWish;
  readonly intents: readonly Intent[];
  readonly notes: readonly Note[];
}

/** Limit of a Gateway (`src/compile/address-requests.ts`). */
const mostAddresses = 16;

/**
 * One Gateway for all intents with the same key; one address in one Gateway only. It is in the namespace of its routes where they
 * have one in common, else in `namespace`.
 */
export function planGateways(intents: readonly Intent[], namespace: string, name: Namer): readonly PlannedGateway[] {
  const groups = new Map<string, Draft>();
  const holders = new Map<string, Draft>();
  for (const intent of intents) {
    const { gateway } = intent;
    const draft = groups.get(gateway.key) ?? openDraft(intent, holders);
    groups.set(gateway.key, draft);
    draft.intents.push(intent);
    draft.notes.push(...gateway.notes, ...noteClass(intent, draft));
  }
  return [...new Set(groups.values())].map((draft) => finishDraft(draft, namespace, name));
}

interface Draft {
  readonly wish: GatewayWish;
  readonly addresses: readonly AddressWish[];
  readonly intents: Intent[];
  readonly notes: Note[];
}

function openDraft({ gateway, origin }: Intent, holders: Map<string, Draft>): Draft {
  const holderOf = (address: AddressWish) => (address.kind === 'fixed' ? holders.get(formatIp(address.ip)) : undefined);
  const taken = gateway.addresses.filter((address) => holderOf(address) !== undefined);
  const free = gateway.addresses.filter((address) => !taken.includes(address));
  const notes: Note[] = taken.map((address) => noteTaken(address, free.length, { origin, holder: holderOf(address) }));
  const first = taken[0] === undefined || free.length > 0 ? undefined : holderOf(taken[0]);
  if (first !== undefined) {
    first.notes.push(...notes);
    return first;
  }
  const addresses = free.slice(0, mostAddresses);
  if (free.length > mostAddresses)
    notes.push({
      effect: 'lost',
      origin,
      message: `a Gateway has at most ${mostAddresses} addresses: the last ${free.length - mostAddresses} were left out`,
    });
  const draft: Draft = { wish: gateway, addresses, intents: [], notes };
  for (const address of addresses) if (address.kind === 'fixed') holders.set(formatIp(address.ip), draft);
  return draft;
}

function noteTaken(
  address: AddressWish,
  left: number,
  { origin, holder }: { readonly origin: Note['origin']; readonly holder: Draft | undefined },
): Note {
  const ip = address.kind === 'fixed' ? formatIp(address.ip) : address.pool;
  const who = holder?.intents[0] === undefined ? 'another object' : describeOrigin(holder.intents[0].origin);
  const what = left > 0 ? 'it was left out here' : 'the routes share that Gateway, with all its addresses';
  return {
    effect: 'differs',
    origin,
    message: `${ip} is also an address of ${who} beside others, and one Gateway only can hold it: ${what}`,
  };
}

function noteClass({ gateway, origin }: Intent, { wish }: Draft): readonly Note[] {
  if (classKey(gateway.classWish) === classKey(wish.classWish)) return [];
  return [
    {
      effect: 'differs',
      origin,
      message: 'names other nodes or another interface for the same address: those of the first object count',
    },
  ];
}

function finishDraft({ wish, addresses, intents, notes }: Draft, fallback: string, name: Namer): PlannedGateway {
  const namespaces = new Set(intents.map((intent) => intent.namespace));
  const [only] = namespaces;
  const namespace = namespaces.size === 1 && only !== undefined ? only : fallback;
  const [first] = addresses;
  // By its address, so that one policy more or less renames nothing.
  const wanted = first?.kind === 'fixed' ? `egress-${formatIp(first.ip)}` : wish.name;
  return {
    namespace,
    name: name(`Gateway ${namespace}`, wanted),
    addresses,
    ...(wish.classWish === undefined ? {} : { classWish: wish.classWish }),
    intents,
    notes: notes.filter((note, index) => notes.findIndex(({ message }) => message === note.message) === index),
  };
}

/** The Gateway as a manifest. */
export function renderGateway(gateway: PlannedGateway, gatewayClassName: string): NotedManifest {
  const { namespace, name, intents, notes } = gateway;
  const addresses = gateway.addresses.map((address) => {
    return address.kind === 'fixed'
      ? { type: 'IPAddress', value: formatIp(address.ip) }
      : { type: poolAddressType, value: address.pool };
  });
  return {
    manifest: {
      apiVersion: `${gatewayGroup}/v1`,
      kind: 'Gateway',
      metadata: { name, namespace },
      spec: { gatewayClassName, listeners: [listenerFor(gateway)], ...(addresses.length === 0 ? {} : { addresses }) },
    },
    origins: intents.map(({ origin }) => origin),
    notes,
  };
}

// Without allowedRoutes: EgressRoutes of the Gateway's own namespace.
function listenerFor({ namespace, intents }: PlannedGateway): Listener {
  const listener = { name: 'egress', protocol: listenerProtocol, port: 1 };
  const namespaces = [...new Set(intents.flatMap((intent) => intent.namespace ?? []))].sort();
  const hasCluster = intents.some((intent) => intent.namespace === undefined);
  if (!hasCluster && namespaces.every((own) => own === namespace)) return listener;
  const kinds = [
    ...(namespaces.length > 0 ? [{ group: apiGroup, kind: 'EgressRoute' }] : []),
    ...(hasCluster ? [{ group: apiGroup, kind: 'ClusterEgressRoute' }] : []),
  ];
  if (namespaces.every((own) => own === namespace)) return { ...listener, allowedRoutes: { kinds } };
  const selector = { matchExpressions: [{ key: namespaceNameLabel, operator: 'In', values: namespaces } as const] };
  return { ...listener, allowedRoutes: { kinds, namespaces: { from: 'Selector', selector } } };
}
