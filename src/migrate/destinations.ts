import type { RouteDestination } from '../api/kinds.ts';
import { type Cidr, cidrContains, cidrOf, cidrRange, cidrsFromRange, formatCidr } from '../net/cidr.ts';
import { familyBits } from '../net/ip.ts';
import { intersect } from '../net/ranges.ts';
import type { Destination } from './model.ts';

/** Limits of config/crd/egressroutes.yaml. */
export const mostExcepts = 8;
export const mostDestinations = 64;

/**
 * The addresses of `cidr` that are in none of `excluded`, as destinations with at most 8 exceptions each: none when nothing is left.
 * Where there are more, the first destination excepts prefixes around several of them, and each of those becomes a destination of
 * its own; so as much as possible keeps the prefix length of `cidr`, which decides between routes.
 */
export function cutDestination(cidr: Cidr, excluded: readonly Cidr[]): readonly Destination[] {
  const holes = intersect(excluded.map(cidrRange), [cidrRange(cidr)]).flatMap(cidrsFromRange);
  return holes[0]?.prefix === cidr.prefix ? [] : cut(cidr, holes);
}

/** A destination as a route has it. */
export function renderDestination({ cidr, except }: Destination): RouteDestination {
  return { cidr: formatCidr(cidr), ...(except.length === 0 ? {} : { except: except.map(formatCidr) }) };
}

function cut(cidr: Cidr, holes: readonly Cidr[]): readonly Destination[] {
  if (holes.length <= mostExcepts) return [{ cidr, except: holes }];
  const groups = groupHoles(holes).map((group) => ({ cover: coverOf(group), group }));
  const inner = groups.filter(({ group }) => group.length > 1);
  return [
    { cidr, except: groups.map(({ cover }) => cover) },
    ...inner.flatMap(({ cover, group }) => cut(cover, group)),
  ];
}

// Cut where neighbours have the least in common, so that what the groups cover together is small. The holes are in ascending order.
function groupHoles(holes: readonly Cidr[]): readonly (readonly Cidr[])[] {
  const gaps = holes
    .slice(1)
    .map((hole, index) => ({ at: index + 1, prefix: commonPrefix(holes[index] ?? hole, hole).prefix }));
  const cuts = gaps
    .toSorted((a, b) => a.prefix - b.prefix)
    .slice(0, mostExcepts - 1)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => holes.slice(from, cuts[index]));
}

/** The longest prefix that all of them lie in; there must be one, all of one family. */
function coverOf(group: readonly Cidr[]): Cidr {
  const [first, ...more] = group;
  if (first === undefined) throw new RangeError('no prefix covers nothing');
  return more.reduce(commonPrefix, first);
}

function commonPrefix(a: Cidr, b: Cidr): Cidr {
  const other = { family: b.family, value: b.base };
  for (let prefix = Math.min(a.prefix, b.prefix); prefix > 0; prefix -= 1) {
    const candidate = cidrOf({ family: a.family, value: a.base }, prefix);
    if (cidrContains(candidate, other)) return candidate;
  }
  return { family: a.family, base: 0n, prefix: 0 };
}

/** Every address of a family. */
export function wholeFamily(family: 4 | 6): Cidr {
  return { family, base: 0n, prefix: 0 };
}

/** An address as the prefix that holds nothing else. */
export function hostCidr(ip: { readonly family: 4 | 6; readonly value: bigint }): Cidr {
  return cidrOf(ip, familyBits(ip.family));
}
