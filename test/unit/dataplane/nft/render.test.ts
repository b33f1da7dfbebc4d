import { expect, it } from 'vitest';
import { ruleDigest } from '../../../../src/dataplane/nft/digest.ts';
import { renderTable } from '../../../../src/dataplane/nft/render.ts';

it('writes a table as a file', () => {
  const text = renderTable({
    family: 'netdev',
    name: 'sallyport',
    counters: ['c1'],
    sets: [{ name: 's', key: ['mark'], flags: [], elements: [] }],
    maps: [
      {
        name: 'm',
        key: ['ipv4_addr', 'inet_proto', 'inet_service'],
        flags: ['interval'],
        value: 'mark',
        elements: [['10.0.0.0-10.0.0.255 . tcp . 80', '513']],
      },
    ],
    chains: [
      {
        name: 'rx',
        base: { type: 'filter', hook: 'ingress', priority: -500, policy: 'accept', devices: ['egress0', 'egl1'] },
        rules: ['meta pkttype set host'],
      },
    ],
  });
  expect(text).toBe(`table netdev sallyport {
  counter c1 {
  }

  set s {
    type mark;
  }

  map m {
    type ipv4_addr . inet_proto . inet_service : mark;
    flags interval;
    elements = {
      10.0.0.0-10.0.0.255 . 6 . 80 : 513,
    }
  }

  chain rx {
    type filter hook ingress devices = { "egress0", "egl1" } priority -500; policy accept;
    meta pkttype set host comment "${ruleDigest('meta pkttype set host')}"
  }
}
`);
});

it('gives each rule text a digest of its own', () => {
  expect(ruleDigest('')).toBe('sp:811c9dc5');
  expect(ruleDigest('a')).toBe('sp:e40c292c');
  expect(new Set(Array.from({ length: 5000 }, (_, i) => ruleDigest(`ip daddr @x_${i} drop`))).size).toBe(5000);
});
