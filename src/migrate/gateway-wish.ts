import { canonicalJson } from '../compile/canonical-json.ts';
import { compareIp, formatIp, type Ip } from '../net/ip.ts';
import type { AddressWish, ClassWish } from './model.ts';
import { isEmpty, requirementsOf } from './selectors.ts';

/** The key of a Gateway with these fixed addresses: one address is held by one Gateway, whoever names it. */
export function sharedByAddress(ips: readonly Ip[]): string {
  return `addresses ${ips.map(formatIp).join(' ')}`;
}

/** Addresses as wishes, each once, IPv4 first. */
export function fixedAddresses(ips: readonly Ip[]): readonly (AddressWish & { readonly kind: 'fixed' })[] {
  const unique = new Map(ips.toSorted(compareIp).map((ip) => [formatIp(ip), ip]));
  return [...unique.values()].map((ip) => ({ kind: 'fixed', ip }));
}

/** The wish without what does not restrict; undefined when nothing is left of it. */
export function classWishOf(wish: ClassWish): ClassWish | undefined {
  const nodeSelector = wish.nodeSelector !== undefined && !isEmpty(wish.nodeSelector) ? wish.nodeSelector : undefined;
  if (nodeSelector === undefined && wish.network === undefined) return undefined;
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(wish.network === undefined ? {} : { network: wish.network }),
  };
}

/** Equal for equal wishes. */
export function classKey(wish: ClassWish | undefined): string {
  return canonicalJson(wish ?? {});
}

/** A few words for a class: its network, and what its nodes' labels say. */
export function describeClass({ nodeSelector, network }: ClassWish): string {
  const words =
    nodeSelector === undefined
      ? []
      : requirementsOf(nodeSelector).map(({ key, operator, values = [] }) => {
          const name = key.slice(key.indexOf('/') + 1);
          const told = values.filter((value) => value !== '' && value !== 'true');
          return [...(operator === 'NotIn' || operator === 'DoesNotExist' ? ['not'] : []), name, ...told].join('-');
        });
  return [...(network === undefined ? [] : [network.name]), ...words].join('-');
}

/** Whether the selector names one node by its host name: then nothing can take over when that dies. */
export function isOneNode({ nodeSelector = {} }: ClassWish): boolean {
  return requirementsOf(nodeSelector).some(
    ({ key, operator, values = [] }) => key === 'kubernetes.io/hostname' && operator === 'In' && values.length === 1,
  );
}
