import { canonicalIp, parseIp } from '../../net/ip.ts';
import type { BgpGroup, BgpPeer, BgpPlan } from './model.ts';

/** A group whose addresses are announced. */
export interface Announcement {
  /** 1..14 */
  readonly group: number;
  /** When this node became its owner, seconds since 1970: of several who announce an address the last owner is preferred. */
  readonly since: number;
  /** Another may own it by now: announced for a while yet, as a last resort (RFC 8326). */
  readonly leaving: boolean;
}

/** TCP, on all addresses of the node: not 179, which may be another speaker's (the CNI's); who connects is always this one. */
export const bgpListenPort = 8499;

/**
 * bird.conf (BIRD 2.0.12): a session with each peer, host routes of the announced groups. Nothing is imported, no kernel table read or
 * written. Equal plans, equal texts. Throws RangeError on what is no address or number: nothing of the plan gets into the text unread.
 */
export function renderBird(plan: BgpPlan, announcements: readonly Announcement[]): string {
  const spoken = plan.groups.flatMap((group) => {
    const announcement = announcements.find((each) => each.group === group.group);
    return announcement === undefined ? [] : [{ ...group, announcement }];
  });
  const families = [4, 6] as const;
  return [
    '# Written by Sallyport; changes are lost.',
    'log stderr all;',
    'debug protocols { states };',
    `router id ${ipText(plan.routerId, 4)};`,
    'protocol device {',
    '  scan time 10;',
    '}',
    ...(plan.peers.some(({ bfd }) => bfd) ? bfdLines : []),
    ...families.flatMap((family) => [
      `ipv${family} table announced${family};`,
      `protocol static egress${family} {`,
      `  ipv${family} { table announced${family}; };`,
      ...spoken.flatMap(({ egress }) => prefixes(egress, family).map((prefix) => `  route ${prefix} blackhole;`)),
      '}',
    ]),
    ...plan.peers.flatMap((peer) =>
      peerLines(
        peer,
        spoken.filter(({ peers }) => peers.includes(peer.address)),
      ),
    ),
    '',
  ].join('\n');
}

const bfdLines = [
  'protocol bfd {',
  // No sockets but on the links of peers: all others are another speaker's, if it shares the port.
  '  accept direct;',
  '  strict bind yes;',
  '  interface "*" {',
  '    min rx interval 100 ms;',
  '    min tx interval 100 ms;',
  '    multiplier 3;',
  '  };',
  '}',
];

function peerLines(peer: BgpPeer, spoken: readonly (BgpGroup & { readonly announcement: Announcement })[]): string[] {
  const family = peer.address.includes(':') ? 6 : 4;
  const address = ipText(peer.address, family);
  return [
    `protocol bgp peer${family}_${address.replaceAll(/[.:]/g, '_')} {`,
    `  local port ${bgpListenPort} as ${asnText(peer.localAsn)};`,
    `  neighbor ${address} as ${asnText(peer.asn)};`,
    '  direct;',
    '  hold time 9;',
    '  keepalive time 3;',
    '  connect delay time 1;',
    '  connect retry time 5;',
    '  error wait time 1, 10;',
    // What was announced by who is gone is nobody's way.
    '  graceful restart off;',
    `  bfd ${peer.bfd ? 'on' : 'off'};`,
    `  ipv${family} {`,
    `    table announced${family};`,
    '    import none;',
    '    export filter {',
    ...spoken.flatMap(({ egress, announcement }) => {
      const nets = prefixes(egress, family);
      return nets.length === 0 ? [] : [`      if net ~ [ ${nets.join(', ')} ] then { ${attributes(announcement)} }`];
    }),
    '      reject;',
    '    };',
    '  };',
    '}',
  ];
}

// The less the better: whoever took over last, though who was before still seems to announce it.
function attributes({ since, leaving }: Announcement): string {
  const med = 0xffff_ffff - Math.min(0xffff_ffff, Math.max(0, Math.floor(since)));
  if (!Number.isInteger(med)) throw new RangeError(`bird.conf: ${since} is no time in seconds`);
  return `bgp_med = ${med}; ${leaving ? 'bgp_community.add((65535, 0)); ' : ''}accept;`;
}

function prefixes(addresses: readonly string[], family: 4 | 6): readonly string[] {
  const own = addresses.filter((address) => address.includes(':') === (family === 6));
  return own.map((address) => `${ipText(address, family)}/${family === 6 ? 128 : 32}`).toSorted();
}

function ipText(text: string, family: 4 | 6): string {
  const address = canonicalIp(text);
  if (address === undefined || parseIp(text)?.family !== family)
    throw new RangeError(`bird.conf: ${JSON.stringify(text)} is no IPv${family} address`);
  return address;
}

function asnText(asn: number): string {
  if (!Number.isInteger(asn) || asn < 1 || asn > 0xffff_ffff) throw new RangeError(`bird.conf: ${asn} is no AS number`);
  return String(asn);
}
