import { formatIp } from '../net/ip.ts';
import { type Fields, needed } from './fields.ts';
import { fixedAddresses, sharedByAddress } from './gateway-wish.ts';
import type { Draft, Intent, Origin } from './model.ts';
import type { SourceObject } from './read-documents.ts';
import { ipsOf, type NoteBook, openNotes, readEach } from './read-each.ts';
import { isEmpty, parseSelector } from './selectors.ts';

/** The label by which OVN-Kubernetes knows the nodes that may have egress IPs (docs/features/cluster-egress-controls/egress-ip.md). */
const assignable = 'k8s.ovn.org/egress-assignable';

/** EgressIP (k8s.ovn.org/v1; go-controller/pkg/crd/egressip/v1/types.go of commit 0b5d5e4, docs/features/cluster-egress-controls/egress-ip.md of c077f84). */
export function readOvn(objects: readonly SourceObject[]): Draft {
  const { values, problems } = readEach(objects, readEgressIp);
  return { intents: noteTwice(values), pools: [], notes: [], problems };
}

function readEgressIp(fields: Fields, origin: Origin): Intent {
  const notes = openNotes(origin);
  const spec = needed(fields, 'spec', fields.map('spec'));
  notes.unknown(spec, ['egressIPs', 'namespaceSelector', 'podSelector']);
  const addresses = fixedAddresses(ipsOf(spec, 'egressIPs'));
  if (addresses.length === 0) spec.refuse('egressIPs', 'is missing or empty');
  const namespaceSelector = needed(spec, 'namespaceSelector', parseSelector(spec, 'namespaceSelector'));
  const podSelector = parseSelector(spec, 'podSelector');
  const book = openNotes(origin);
  noteSpreading(
    addresses.map(({ ip }) => ip.family),
    book,
  );
  return {
    origin,
    pods: [{ namespaceSelector, ...(podSelector === undefined || isEmpty(podSelector) ? {} : { podSelector }) }],
    leavesOtherFamily: true,
    gateway: {
      key: sharedByAddress(addresses.map(({ ip }) => ip)),
      name: origin.name,
      addresses,
      classWish: { nodeSelector: { matchExpressions: [{ key: assignable, operator: 'Exists' }] } },
      notes: book.notes,
    },
    notes: notes.notes,
  };
}

// Equal-cost routes choose by connection, the rendezvous hash by Pod.
function noteSpreading(families: readonly (4 | 6)[], book: NoteBook): void {
  const isSpread = families.length > new Set(families).size;
  if (isSpread)
    book.add(
      'differs',
      'spec.egressIPs: OVN puts each address on another node and spreads the connections of a Pod over them; here one node owns all, and each Pod keeps to one address of a family',
    );
}

// OVN assigns an address once: the object that came first has it.
function noteTwice(intents: readonly Intent[]): readonly Intent[] {
  const holders = Map.groupBy(
    intents.flatMap((intent) => addressesOf(intent).map((address) => ({ intent, address }))),
    ({ address }) => address,
  );
  return intents.map((intent) => {
    const all = addressesOf(intent).flatMap((address) => holders.get(address) ?? []);
    const others = new Set(
      all.map((holder) => holder.intent.origin.name).filter((name) => name !== intent.origin.name),
    );
    if (others.size === 0) return intent;
    const names = [...others].join(', ');
    const message = `spec.egressIPs has addresses of EgressIP ${names}, too: OVN gives them to one of the two, here the routes share a Gateway where they can`;
    return { ...intent, notes: [...intent.notes, { effect: 'differs', origin: intent.origin, message }] };
  });
}

function addressesOf({ gateway }: Intent): readonly string[] {
  return gateway.addresses.flatMap((address) => (address.kind === 'fixed' ? [formatIp(address.ip)] : []));
}
