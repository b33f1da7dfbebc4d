import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cidrOf, cidrRange, formatCidr, parseCidr } from '../../../src/net/cidr.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { createPrefixTable } from '../../../src/net/longest-prefix.ts';
import { anyCidr, anyIp } from '../../support/net-arbitraries.ts';
import { bitTextContains } from '../../support/net-oracle.ts';

describe('createPrefixTable', () => {
  const table = createPrefixTable(
    ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '2001:db8::/32'].flatMap((value) => {
      const cidr = parseCidr(value);
      return cidr === undefined ? [] : [{ cidr, value }];
    }),
  );

  it.each([
    ['192.0.2.1', '0.0.0.0/0'],
    ['10.2.0.0', '10.0.0.0/8'],
    ['10.1.255.255', '10.1.0.0/16'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['2001:db8::1', '2001:db8::/32'],
    ['2001:db9::1', undefined],
  ])('%s is in %s', (text, expected) => {
    const ip = parseIp(text);
    const found = ip && table.lookup(ip);
    expect(found?.value).toBe(expected);
    expect(found && formatCidr(found.cidr)).toBe(expected);
  });

  it('keeps undefined values, and the first of two equal prefixes', () => {
    const cidr = { family: 4 as const, base: 0n, prefix: 0 };
    const twice = createPrefixTable([
      { cidr, value: undefined },
      { cidr, value: 1 },
    ]);
    expect(twice.lookup({ family: 4, value: 5n })).toEqual({ cidr, value: undefined });
  });

  it('agrees with a scan for the longest prefix', () => {
    const nested = anyIp.chain((ip) =>
      fc.array(fc.nat(ip.family === 4 ? 32 : 128)).map((all) => all.map((prefix) => cidrOf(ip, prefix))),
    );
    fc.assert(
      fc.property(fc.array(anyCidr), nested, anyIp, (random, chain, ip) => {
        const cidrs = [...random, ...chain];
        const prefixes = createPrefixTable(cidrs.map((cidr) => ({ cidr, value: formatCidr(cidr) })));
        const probes = [ip, ...cidrs.map((cidr) => ({ family: cidr.family, value: cidrRange(cidr).to }))];
        for (const probe of probes) {
          const [longest] = cidrs.filter((cidr) => bitTextContains(cidr, probe)).sort((a, b) => b.prefix - a.prefix);
          expect(prefixes.lookup(probe)?.value).toBe(longest && formatCidr(longest));
        }
      }),
    );
  });
});
