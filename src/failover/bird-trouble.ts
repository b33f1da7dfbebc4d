/** What BIRD cannot do on this node. */
export interface BirdTrouble {
  /** Why, and what to do. */
  readonly words: string;
  /** Whether it would do it if it began anew, and loses nothing by that: it does not try again by itself. */
  readonly restart: boolean;
}

/** Pure: what a line of BIRD's log (2.0.12) says that it cannot do here because another program does; undefined: nothing of that. */
export function birdTrouble(line: string): BirdTrouble | undefined {
  if (/<ERR> bfd\w*: Socket error: bind: /.test(line)) return { words: noBfd, restart: false };
  return /<ERR> peer\w+: Cannot open listening socket/.test(line) ? { words: noPort, restart: true } : undefined;
}

/** Pure: whether another program of the node listens for BFD, too, by what /proc/net/udp or udp6 says: BIRD binds its sockets to links, so one of any address is not its own. */
export function isBfdShared(table: string): boolean {
  return table.split('\n').some((line) => /^\s*\d+: (0{8}|0{32}):0EC8 /.test(line));
}

/** What that means. */
export const sharedBfd =
  'another program of this node, perhaps the BGP speaker of the CNI, listens for BFD at UDP port 3784, too: on links to peers with bfd BIRD hears what comes to the node, and the other one does not. Where it has BFD sessions of its own there, let one of the two do without (bfd of the peer in EgressClass)';

const noBfd =
  'no BFD: another program of this node, perhaps the BGP speaker of the CNI, has UDP port 3784; a dead router is noticed after the hold time (9 s). Let one of the two do without BFD (bfd of the peer in EgressClass), then restart the failover process';
const noPort =
  'no BGP: another program of this node has TCP port 8499, which BIRD listens at: end it, or have it use another port';
