import type { NftChain, NftSet, NftTable } from '../nft/model.ts';
import { boundSet, counters, hex, linkSet, type Marks, marksOf, newLinkMark, tableName } from './names.ts';
import { filledByAgent } from './room.ts';

const families = [4, 6] as const;
const sourceOf = { 4: 'ip saddr', 6: 'ip6 saddr' } as const;
const destinationOf = { 4: 'ip daddr', 6: 'ip6 daddr' } as const;
const newLinkChain = 'new_link';
const ownLinksChain = 'own_links';

/** Empty, for the agent to fill beside its plans: addresses whose links are known, and each with its links (interface indexes). */
export function linkSets(): NftSet[] {
  return families.flatMap((family) => {
    const address = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
    return [
      { name: `${boundSet}${family}`, key: [address], ...filledByAgent },
      { name: `${linkSet}${family}`, key: [address, 'iface_index'], ...filledByAgent },
    ] as const;
  });
}

/**
 * The table `bridge sallyport`: only there a packet shows the bridge's port, the Pod's own link. Whether it is bound for the outside is
 * known after destination NAT: it goes on with a mark, for `judge`.
 */
export function bridgeTable(mask: number): NftTable {
  const marks = marksOf(mask);
  const stamp = `meta mark set meta mark & ${hex(~marks.id)} | ${hex(newLinkMark(marks))}`;
  return {
    family: 'bridge',
    name: tableName,
    counters: [],
    sets: linkSets(),
    maps: [],
    chains: [
      {
        name: 'ports',
        base: { type: 'filter', hook: 'prerouting', priority: -300, policy: 'accept' },
        rules: families.flatMap((family) => [
          `${sourceOf[family]} . meta iif @${linkSet}${family} return`,
          `${sourceOf[family]} @${boundSet}${family} ${stamp}`,
        ]),
      },
    ],
  };
}

/** What `judge` does with packets of an address that is bound to another link: a Pod that nobody has judged yet. */
export function newLinkRules(marks: Marks): string[] {
  return [
    `meta mark & ${hex(marks.id)} == ${hex(newLinkMark(marks))} goto ${newLinkChain}`,
    // A bridge's own device tells nothing of the Pod's link.
    `meta iifkind != "bridge" jump ${ownLinksChain}`,
  ];
}

/** Whatever belongs to a flow included: the flow may be that of the address's former holder. */
export function newLinkChains(marks: Marks): NftChain[] {
  const drop = `counter name "${counters.held}" drop`;
  return [
    {
      name: newLinkChain,
      rules: [
        `meta mark set meta mark & ${hex(~marks.id)}`,
        'ct direction reply return',
        ...families.map((family) => `${destinationOf[family]} != @cluster${family} ${drop}`),
      ],
    },
    {
      name: ownLinksChain,
      // By the way back: where a Pod's packets come by one device and its route leads by another, links tell nothing.
      rules: families.map(
        (family) =>
          `${sourceOf[family]} @${boundSet}${family} ${sourceOf[family]} . meta iif != @${linkSet}${family} fib saddr . iif oif exists jump ${newLinkChain}`,
      ),
    },
  ];
}
