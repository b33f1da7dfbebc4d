import {
  innerRanges4,
  innerRanges6,
  type OutsideServer,
  outsideRouterAddress,
  routerAddress,
  secondOutsideRouterAddress,
  secondRouterAddress,
  serverPort,
} from './fixed-points.ts';
import { inNetns, loadNft, tryTool } from './tools.ts';

/**
 * The rules of a server's namespace. Whatever is sent to an address or port that no program of the namespace listens on goes to
 * the echo at the server's second address (so that every port answers); what it listens on stays untracked, for benchmarks.
 * And the count of every source address, taken where packets enter, before anything could refuse them (`lab seen`), and for the lab's whole
 * life of those that nobody outside may see.
 */
export async function loadOutsideRules(server: OutsideServer): Promise<void> {
  await loadNft(server.name, captureTable(server.name === 'outside' ? ['eth0', 'eth1'] : ['eth0']));
  const { status } = await tryTool(inNetns(server.name, ['nft', '-f', '-']), answerTable(server, true));
  // Kernels without nft's socket expression: all but the echo's own port is redirected.
  if (status !== 0) await loadNft(server.name, answerTable(server, false));
}

const routers = [routerAddress, secondRouterAddress, outsideRouterAddress, secondOutsideRouterAddress];

function captureTable(devices: readonly string[]): string {
  return `table netdev lab-seen {
  set seen4 {
    type ipv4_addr
    size 65536
    flags dynamic
    counter
  }
  set seen6 {
    type ipv6_addr
    size 65536
    flags dynamic
    counter
  }
  counter arrived { }
  counter strange { }
  chain in {
    type filter hook ingress devices = { ${devices.map((device) => `"${device}"`).join(', ')} } priority -500
    meta pkttype != host return
    ip saddr { ${routers.map(({ ipv4 }) => ipv4).join(', ')} } return
    ip6 saddr { fe80::/10, ::, ${routerAddress.ipv6}, ${secondRouterAddress.ipv6} } return
    counter name arrived
    ip saddr { ${innerRanges4.join(', ')} } counter name strange
    ip6 saddr { ${innerRanges6.join(', ')} } counter name strange
    meta protocol ip update @seen4 { ip saddr }
    meta protocol ip6 update @seen6 { ip6 saddr }
  }
}
`;
}

function answerTable(server: OutsideServer, withSocket: boolean): string {
  const listens = withSocket ? 'socket transparent { 0, 1 }' : `th dport ${serverPort}`;
  return `table inet lab-answer {
  chain untracked-in {
    type filter hook prerouting priority raw
    ip daddr ${server.address4} ${listens} notrack
    ip6 daddr ${server.address6} ${listens} notrack
  }
  chain untracked-out {
    type filter hook output priority raw
    ip saddr ${server.address4} notrack
    ip6 saddr ${server.address6} notrack
  }
  chain answer {
    type nat hook prerouting priority dstnat
    ${listens} return
    meta nfproto ipv4 meta l4proto { tcp, udp } dnat ip to ${server.second4}:${serverPort}
    meta nfproto ipv6 meta l4proto { tcp, udp } dnat ip6 to [${server.second6}]:${serverPort}
  }
}
`;
}
