import { formatIp, type Ip } from '../net/ip.ts';
import type { Fields } from './fields.ts';
import { fixedAddresses, sharedByAddress } from './gateway-wish.ts';
import type { AddressWish, GatewayWish, Origin } from './model.ts';
import { ipOf, type NoteBook, openNotes } from './read-each.ts';
import type { EgressGateway } from './spidernet-gateways.ts';

/** The EgressGateways of the source, and those that policies without egressGatewayName get (webhook/mutating.go). */
export interface EgressGateways {
  readonly byName: ReadonlyMap<string, EgressGateway>;
  readonly ofNamespace: ReadonlyMap<string, string>;
  readonly ofCluster: string | undefined;
}

export interface PolicyParts {
  readonly spec: Fields;
  readonly status: Fields | undefined;
  readonly origin: Origin;
}

/** The Gateway for a policy: with the address that it asks for, else with the one that Spidernet gave it, else as its allocatorPolicy says. */
export function readGatewayChoice(policy: PolicyParts, gateways: EgressGateways): GatewayWish {
  const book = openNotes(policy.origin);
  const name = nameOf(policy, gateways, book);
  const gateway = name === undefined ? undefined : gateways.byName.get(name);
  if (name !== undefined && gateway === undefined)
    book.add(
      'check',
      `EgressGateway ${name} is not among the manifests, so that its nodes and addresses are not known: translate it together with the policy, or make an EgressAddressPool of that name`,
    );
  const choice = choose(policy, { name, gateway, book });
  const classWish = gateway?.classWish === undefined ? {} : { classWish: gateway.classWish };
  return { ...choice, ...classWish, notes: book.notes };
}

function nameOf({ spec, origin }: PolicyParts, gateways: EgressGateways, book: NoteBook): string | undefined {
  const given = spec.text('egressGatewayName') ?? '';
  if (given !== '') return given;
  const name = gateways.ofNamespace.get(origin.namespace ?? '') ?? gateways.ofCluster;
  if (name === undefined)
    book.add(
      'check',
      'spec.egressGatewayName is missing, and no default is among the manifests: the Gateway gets an address from a pool with autoAssign, which you have to make',
    );
  return name;
}

interface Place {
  readonly name: string | undefined;
  readonly gateway: EgressGateway | undefined;
  readonly book: NoteBook;
}

type Choice = Pick<GatewayWish, 'key' | 'name' | 'addresses'>;

function choose({ spec, status, origin }: PolicyParts, { name, gateway, book }: Place): Choice {
  const egressIP = spec.map('egressIP');
  if (egressIP !== undefined) book.unknown(egressIP, ['ipv4', 'ipv6', 'useNodeIP', 'allocatorPolicy']);
  const asked = pairOf(egressIP);
  const given = pairOf(status?.map('eip'));
  if (asked.length > 0) return fixed(withPartner(asked, given, book), origin);
  if (egressIP?.flag('useNodeIP') === true) return ofNode(origin, { name, gateway, book });
  if (given.length > 0) {
    book.add(
      'check',
      `${given.map(formatIp).join(', ')} is what Spidernet allocated (status.eip): the Gateway keeps it as a fixed address`,
    );
    return fixed(given, origin);
  }
  const addresses: readonly AddressWish[] = name === undefined ? [] : [{ kind: 'pool', pool: name }];
  const allocator = egressIP?.text('allocatorPolicy') ?? 'default';
  if (allocator === 'rr') {
    book.add(
      'differs',
      'spec.egressIP.allocatorPolicy rr: Spidernet shares addresses when none is free, Sallyport then gives none; the address may be another one',
    );
    return { key: `policy ${origin.kind} ${origin.namespace ?? ''}/${origin.name}`, name: origin.name, addresses };
  }
  const defaults = gateway?.defaultIps ?? [];
  if (defaults.length > 0) return fixed(defaults, origin);
  if (name !== undefined)
    book.add(
      'check',
      `EgressGateway ${name} does not tell its default address: the Gateway gets one of its pool; export the policy with its status to keep the one it has`,
    );
  return { key: `EgressGateway ${name ?? ''}`, name: name ?? origin.name, addresses };
}

function pairOf(fields: Fields | undefined): readonly Ip[] {
  if (fields === undefined) return [];
  return [ipOf(fields, 'ipv4'), ipOf(fields, 'ipv6')].filter((ip) => ip !== undefined);
}

// An IPv4 and an IPv6 address belong together once allocated; one alone brings the other (docs/reference/EgressPolicy).
function withPartner(asked: readonly Ip[], given: readonly Ip[], book: NoteBook): readonly Ip[] {
  const partners = given.filter(({ family }) => !asked.some((ip) => ip.family === family));
  if (partners.length > 0)
    book.add(
      'check',
      `${partners.map(formatIp).join(', ')} is what Spidernet paired with it (status.eip): the Gateway has both`,
    );
  return [...asked, ...partners];
}

function ofNode(origin: Origin, { name, gateway, book }: Place): Choice {
  const pool = gateway?.pool === undefined ? undefined : name;
  const from = pool === undefined ? 'a pool with autoAssign, which you have to make' : `EgressAddressPool ${pool}`;
  book.add(
    'differs',
    `spec.egressIP.useNodeIP: a node's own address cannot move, so the source address becomes another one, of ${from}`,
  );
  const addresses: readonly AddressWish[] = pool === undefined ? [] : [{ kind: 'pool', pool }];
  return { key: `nodes of EgressGateway ${name ?? ''}`, name: `${name ?? origin.name}-nodes`, addresses };
}

function fixed(ips: readonly Ip[], origin: Origin): Choice {
  const addresses = fixedAddresses(ips);
  return { key: sharedByAddress(addresses.map(({ ip }) => ip)), name: origin.name, addresses };
}
