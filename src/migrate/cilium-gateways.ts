import type { LabelSelector } from '../api/meta.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { type Fields, needed } from './fields.ts';
import { classKey, classWishOf, describeClass, fixedAddresses, sharedByAddress } from './gateway-wish.ts';
import type { ClassWish, GatewayWish, Origin } from './model.ts';
import { dnsLabel } from './names.ts';
import { ipOf, type NoteBook, openNotes } from './read-each.ts';
import { parseSelector, unionOf } from './selectors.ts';

/** One gateway of a policy: a node, and its address. */
interface GatewayEntry {
  readonly nodeSelector: LabelSelector;
  readonly interface?: string;
  readonly egressIP?: Ip;
}

type Outcome = { readonly wish: GatewayWish } | { readonly ignored: string };

/** spec.egressGateways, or egressGateway where that has no entries (Cilium 1.18, ParseCEGP); or why Cilium ignores the policy. */
export function readGateways(spec: Fields, origin: Origin, notes: NoteBook): Outcome {
  const listed = spec.list('egressGateways') ?? [];
  const single = spec.map('egressGateway');
  if (listed.length > 0 && (single?.keys().length ?? 0) > 0)
    notes.add('ignored', 'spec.egressGateway has no effect with Cilium where egressGateways has entries');
  const fields = listed.length > 0 ? listed : [needed(spec, 'egressGateway', single)];
  const both = fields.find((entry) => has(entry, 'interface') && has(entry, 'egressIP'));
  if (both !== undefined)
    return { ignored: `${both.at('egressIP')} beside interface, for which Cilium ignores the policy` };
  const book = openNotes(origin);
  const entries = fields.map((entry) => readEntry(entry, notes));
  const ips = entries.flatMap(({ egressIP }) => (egressIP === undefined ? [] : [egressIP]));
  const classWish = classOf(entries, book);
  const addresses = fixedAddresses(ips);
  noteAddresses(entries, classWish, book);
  const common = { addresses, notes: book.notes, ...(classWish === undefined ? {} : { classWish }) };
  if (addresses.length > 0)
    return { wish: { ...common, key: sharedByAddress(addresses.map(({ ip }) => ip)), name: origin.name } };
  // Two policies with the same nodes and interface take the same node, and its address.
  const name = `egress-${describeClass(classWish ?? {})}`;
  return { wish: { ...common, key: `nodes ${classKey(classWish)}`, name } };
}

const has = (entry: Fields, key: string): boolean => (entry.text(key) ?? '') !== '';

function readEntry(entry: Fields, notes: NoteBook): GatewayEntry {
  notes.unknown(entry, ['nodeSelector', 'interface', 'egressIP']);
  const nodeSelector = needed(entry, 'nodeSelector', parseSelector(entry, 'nodeSelector'));
  const given = ipOf(entry, 'egressIP');
  // 0.0.0.0 is none (policy.go).
  const egressIP = given?.value === 0n ? undefined : given;
  const name = entry.text('interface') ?? '';
  if (name !== '' && !/^[A-Za-z0-9][-A-Za-z0-9_.@]{0,14}$/.test(name))
    entry.refuse('interface', `is ${JSON.stringify(name)}, no name of a network interface`);
  return {
    nodeSelector,
    ...(name === '' ? {} : { interface: name }),
    ...(egressIP === undefined ? {} : { egressIP }),
  };
}

function classOf(entries: readonly GatewayEntry[], book: NoteBook): ClassWish | undefined {
  const selectors = entries.map((entry) => entry.nodeSelector);
  const union = unionOf(selectors);
  if (union === undefined)
    book.add('differs', 'the nodes of the first of spec.egressGateways are used: one label selector cannot say all');
  const nodeSelector = union ?? selectors[0];
  const interfaces = [...new Set(entries.flatMap((entry) => entry.interface ?? []))];
  const [first, ...more] = interfaces;
  if (more.length > 0)
    book.add(
      'differs',
      `the interfaces of spec.egressGateways differ; a Gateway is in one network, ${first} was taken`,
    );
  return classWishOf({
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(first === undefined ? {} : { network: { name: dnsLabel(first), interface: first } }),
  });
}

function noteAddresses(entries: readonly GatewayEntry[], classWish: ClassWish | undefined, book: NoteBook): void {
  const ips = entries.flatMap(({ egressIP }) => egressIP ?? []).map(formatIp);
  const bare = entries.length - ips.length;
  if (entries.length > 1)
    book.add(
      'differs',
      `Cilium spreads Pods over ${entries.length} gateways at once; here one node owns all addresses of a Gateway, and each Pod keeps to one of them`,
    );
  if (ips.length > 0)
    book.add(
      'check',
      `Cilium needs ${ips.join(', ')} on an interface of the gateway node; Sallyport moves addresses itself: take it off the node first, and do not use a node's own address`,
    );
  if (bare > 0 && ips.length > 0)
    book.add(
      'differs',
      `${bare} of spec.egressGateways use their node's own address, which cannot move, and were left out`,
    );
  if (ips.length > 0) return;
  const at = classWish?.network === undefined ? 'the interface of the default route' : classWish.network.interface;
  const network = classWish?.network?.name ?? 'default';
  book.add(
    'differs',
    `Cilium used the node's own first address on ${at}, which cannot move: the source address becomes another one, of an EgressAddressPool of network ${network} with autoAssign, which you have to make`,
  );
}
