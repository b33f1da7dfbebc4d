import type { EgressAddressPool } from '../api/kinds.ts';
import type { LabelSelector } from '../api/meta.ts';
import { parseCidr } from '../net/cidr.ts';
import { parseRange, type Range } from '../net/range.ts';
import { checkSelector } from './check-selector.ts';
import type { FieldProblem, Parsed } from './decision.ts';
import { memoByObject } from './memo.ts';

/** An EgressAddressPool with its defaults applied, before cluster ranges are taken out. */
export interface PoolSettings {
  readonly name: string;
  readonly network: string;
  readonly selector?: LabelSelector;
  readonly autoAssign: boolean;
  /** In the order of the spec, network and broadcast addresses of its IPv4 CIDRs already left out. */
  readonly addresses: readonly Range[];
  readonly avoid: readonly Range[];
}

/** Checks an EgressAddressPool; the problem names the first bad field. */
export const parsePool = memoByObject((pool: EgressAddressPool): Parsed<PoolSettings> => {
  const { spec, metadata } = pool;
  const lists = { addresses: spec.addresses ?? [], avoid: spec.avoid ?? [] };
  const problem = checkRanges('addresses', lists.addresses) ?? checkRanges('avoid', lists.avoid);
  if (problem !== undefined) return { ok: false, ...problem };
  const selectorProblem = checkSelector(spec.namespaceSelector);
  if (selectorProblem !== undefined) {
    return { ok: false, field: 'spec.namespaceSelector', problem: selectorProblem };
  }
  return {
    ok: true,
    value: {
      name: metadata.name,
      network: spec.network ?? 'default',
      ...(spec.namespaceSelector === undefined ? {} : { selector: spec.namespaceSelector }),
      autoAssign: spec.autoAssign ?? true,
      addresses: lists.addresses.flatMap(hostRange),
      avoid: lists.avoid.map(parseRange).filter((range) => range !== undefined),
    },
  };
});

function checkRanges(list: string, texts: readonly string[]): FieldProblem | undefined {
  const bad = texts.findIndex((text) => parseRange(text) === undefined);
  if (bad < 0) return undefined;
  const problem = `${texts[bad]} is not an address, a CIDR without host bits or a range A-B of one family`;
  return { field: `spec.${list}[${bad}]`, problem };
}

// The first and last address of an IPv4 prefix are its network and broadcast address, except in /31 (RFC 3021) and /32.
function hostRange(text: string): Range[] {
  const range = parseRange(text);
  if (range === undefined) return [];
  const cidr = parseCidr(text);
  if (cidr?.family !== 4 || cidr.prefix > 30) return [range];
  return [{ ...range, from: range.from + 1n, to: range.to - 1n }];
}
