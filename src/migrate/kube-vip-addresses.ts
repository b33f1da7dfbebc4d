import { formatIp, type Ip } from '../net/ip.ts';
import type { Fields } from './fields.ts';
import { fixedAddresses, sharedByAddress } from './gateway-wish.ts';
import type { ClassWish, GatewayWish, Origin } from './model.ts';
import { dnsLabel } from './names.ts';
import { type NoteBook, openNotes, parseAddress } from './read-each.ts';

const loadBalancerIps = 'kube-vip.io/loadbalancerIPs';
const egressIpv6 = 'kube-vip.io/egress-ipv6';
const serviceInterface = 'kube-vip.io/serviceInterface';

/** A Service as far as its addresses go. */
export interface VipService {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Fields;
  readonly status: Fields | undefined;
}

/** The Gateway with the Service's addresses: with egress-ipv6 its IPv6 ones only (services.go). */
export function readVipGateway(service: VipService, origin: Origin & { readonly namespace: string }): GatewayWish {
  const book = openNotes(origin);
  const all = readVips(service, book);
  const isIpv6 = service.annotations[egressIpv6] === 'true';
  const addresses = fixedAddresses(isIpv6 ? all.filter(({ family }) => family === 6) : all);
  const ips = addresses.map(({ ip }) => ip);
  noteVips(ips, book);
  const classWish = classOf(service.annotations[serviceInterface], book);
  return {
    key: ips.length === 0 ? `Service ${origin.namespace}/${origin.name}` : sharedByAddress(ips),
    name: origin.name,
    addresses,
    ...(classWish === undefined ? {} : { classWish }),
    notes: book.notes,
  };
}

// The order of instance.FetchServiceAddresses: the annotation, then spec.loadBalancerIP, then what status has.
function readVips({ annotations, spec, status }: VipService, book: NoteBook): readonly Ip[] {
  const named = annotations[loadBalancerIps] ?? spec.text('loadBalancerIP') ?? '';
  const wished = named
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const ingress = (status?.map('loadBalancer')?.list('ingress') ?? []).flatMap((entry) => entry.text('ip') ?? []);
  const isDhcp = wished.some((text) => parseAddress(text)?.value === 0n);
  const texts = wished.length > 0 && !isDhcp ? wished : ingress;
  if (isDhcp)
    book.add(
      'differs',
      `the Service has its address by DHCP: ${ingress.length === 0 ? 'the Gateway gets another, from a pool' : 'the one of its status is used, which the DHCP server has to leave out from now on'}`,
    );
  const names = texts.filter((text) => parseAddress(text) === undefined);
  if (names.length > 0)
    book.add('lost', `${loadBalancerIps} has ${names.join(', ')}, no address: a Gateway has addresses only`);
  return texts.flatMap((text) => parseAddress(text) ?? []);
}

function noteVips(ips: readonly Ip[], book: NoteBook): void {
  const texts = ips.map(formatIp).join(', ');
  if (ips.length === 0) {
    book.add(
      'check',
      'the Service names no address that it sends from: the Gateway gets one from a pool with autoAssign, which you have to make',
    );
    return;
  }
  book.add(
    'check',
    `${texts} is also where the Service is reached from outside; kube-vip and Sallyport cannot both hold it: give the Service another address first, or the Gateway`,
  );
  if (ips.length > new Set(ips.map(({ family }) => family)).size)
    book.add('differs', 'of several addresses of a family each Pod keeps to one of them');
}

function classOf(name: string | undefined, book: NoteBook): ClassWish | undefined {
  if (name === undefined || name === '') return undefined;
  if (/^[A-Za-z0-9][-A-Za-z0-9_.@]{0,14}$/.test(name) && name !== 'auto')
    return { network: { name: dnsLabel(name), interface: name } };
  book.add('lost', `${serviceInterface} is ${JSON.stringify(name)}, which names no interface`);
  return undefined;
}
