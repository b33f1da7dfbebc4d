import type { LabelSelector } from '../api/meta.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { readPool } from './antrea-pools.ts';
import { type Fields, needed } from './fields.ts';
import { classKey, fixedAddresses, sharedByAddress } from './gateway-wish.ts';
import type {
  AddressWish,
  Draft,
  GatewayWish,
  Intent,
  Note,
  Origin,
  PodMatch,
  PoolWish,
  TranslateOptions,
} from './model.ts';
import type { SourceObject } from './read-documents.ts';
import { ipOf, ipsOf, type NoteBook, openNotes, readEach } from './read-each.ts';
import { parseSelector } from './selectors.ts';

/**
 * Egress and ExternalIPPool (crd.antrea.io/v1beta1, fields and semantics of its main branch, commit 00285da: docs/egress.md,
 * pkg/apis/crd/v1beta1/types.go, pkg/controller/egress). The older v1alpha2 has the same fields, fewer of them.
 */
export function readAntrea(objects: readonly SourceObject[], options: TranslateOptions): Draft {
  const pools = readEach(
    objects.filter(({ kind }) => kind === 'ExternalIPPool'),
    (fields, origin) => readPool(fields, origin, options),
  );
  const byName = new Map(pools.values.map((pool) => [pool.name, pool]));
  const egresses = readEach(
    objects.filter(({ kind }) => kind === 'Egress'),
    (fields, origin) => readEgress(fields, origin, byName),
  );
  return {
    intents: egresses.values.flatMap((value) => ('gateway' in value ? [value] : [])),
    pools: pools.values,
    notes: egresses.values.flatMap((value) => ('gateway' in value ? [] : value.notes)),
    problems: [...pools.problems, ...egresses.problems],
  };
}

type Pools = ReadonlyMap<string, PoolWish>;

function readEgress(fields: Fields, origin: Origin, pools: Pools): Intent | { readonly notes: readonly Note[] } {
  const notes = openNotes(origin);
  const spec = needed(fields, 'spec', fields.map('spec'));
  notes.unknown(spec, ['appliedTo', 'egressIP', 'egressIPs', 'externalIPPool', 'externalIPPools', 'bandwidth']);
  const bandwidth = spec.map('bandwidth');
  if (bandwidth !== undefined)
    notes.add(
      'lost',
      `spec.bandwidth (rate ${bandwidth.text('rate')}, burst ${bandwidth.text('burst')}): Sallyport limits no bandwidth yet`,
    );
  const pods = readAppliedTo(needed(spec, 'appliedTo', spec.map('appliedTo')), notes);
  if (pods === undefined) {
    notes.add('ignored', 'spec.appliedTo selects nothing with Antrea: nothing was made of the Egress');
    return { notes: notes.notes };
  }
  const gateway = readGateway(spec, origin, { pools, notes });
  return { origin, pods: [pods], leavesOtherFamily: true, gateway, notes: notes.notes };
}

// podSelector alone: Pods of the whole cluster; empty: none (docs/egress.md, AppliedTo).
function readAppliedTo(fields: Fields, notes: NoteBook): PodMatch | undefined {
  notes.unknown(fields, ['podSelector', 'namespaceSelector']);
  const podSelector = parseSelector(fields, 'podSelector');
  const namespaceSelector = parseSelector(fields, 'namespaceSelector');
  if (podSelector === undefined && namespaceSelector === undefined) return undefined;
  const everywhere: LabelSelector = {};
  return { namespaceSelector: namespaceSelector ?? everywhere, ...(podSelector === undefined ? {} : { podSelector }) };
}

interface Place {
  readonly pools: Pools;
  readonly notes: NoteBook;
}

function readGateway(spec: Fields, origin: Origin, { pools, notes }: Place): GatewayWish {
  const single = { ip: ipOf(spec, 'egressIP'), pool: spec.text('externalIPPool') ?? '' };
  const ips = single.ip === undefined ? firstPair(spec, ipsOf(spec, 'egressIPs'), 'egressIPs', notes) : [single.ip];
  const listed = firstPair(spec, spec.texts('externalIPPools'), 'externalIPPools', notes);
  const names = single.pool === '' ? listed : [single.pool];
  if (ips.length === 0 && names.length === 0) spec.refuse('egressIP', 'and externalIPPool are both missing');
  const book = openNotes(origin);
  const missing = names.filter((name) => !pools.has(name));
  if (missing.length > 0)
    book.add(
      'check',
      `ExternalIPPool ${missing.join(', ')} is not among the manifests, so that its nodes and addresses are not known: translate it together with the Egress, or make an EgressAddressPool of that name`,
    );
  if (names.length === 0)
    book.add(
      'check',
      `Antrea needs ${ips.map(formatIp).join(', ')} on an interface of a node; Sallyport moves addresses itself: take it off the node first, and do not use a node's own address`,
    );
  const classWish = classOf(names, pools, book);
  const wish = { notes: book.notes, name: origin.name, ...(classWish === undefined ? {} : { classWish }) };
  if (ips.length > 0)
    return { ...wish, addresses: fixedAddresses(ips), key: sharedByAddress(fixedAddresses(ips).map(({ ip }) => ip)) };
  const addresses = names.map((name): AddressWish => ({ kind: 'pool', pool: name }));
  return { ...wish, addresses, key: `Egress ${origin.name}` };
}

// An IPv4 and an IPv6 address: "The agent controller still limits datapath realization to the first IPv4/IPv6 pair" (controller.go).
function firstPair<T extends Ip | string>(
  spec: Fields,
  items: readonly T[],
  key: string,
  notes: NoteBook,
): readonly T[] {
  if (items.length > 2)
    notes.add('ignored', `${spec.at(key)}: Antrea uses the first two of ${items.length} only, and so does the Gateway`);
  return items.slice(0, 2);
}

function classOf(names: readonly string[], pools: Pools, book: NoteBook): GatewayWish['classWish'] {
  const wishes = names.flatMap((name) => pools.get(name) ?? []).map(({ classWish }) => classWish);
  const [first, ...more] = wishes;
  if (more.some((other) => classKey(other) !== classKey(first)))
    book.add(
      'differs',
      `the nodes and subnet of ExternalIPPool ${names[0]} are used for all addresses: a Gateway is in one class and one network`,
    );
  return first;
}
