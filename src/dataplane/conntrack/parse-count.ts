/** What a walk through connection tracking found, by the name that the counted addresses go by. */
export interface FlowCount {
  readonly flows: number;
  /** Most source ports of one address that are in use towards one destination, port and protocol. */
  readonly ports: number;
}

export interface FlowCounter {
  /** One line of `conntrack -L`. */
  onLine(line: string): void;
  counts(): ReadonlyMap<string, FlowCount>;
}

/** Tuples share so many places: with a million flows one seems to have up to some ten ports more than it has. */
const places = 2 ** 18;

/**
 * Counts flows by the address to which their answers come, as `names` has it: that is the gateway hop's egress address, while the pod
 * hop's is a transit address. In bounded memory, however many lines there are (`conntrack` 1.4.7):
 * `tcp 6 431999 ESTABLISHED src=A dst=B sport=1 dport=2 src=B dst=EGRESS sport=2 dport=3 [ASSURED] mark=7 use=1`
 */
export function createFlowCounter(names: ReadonlyMap<string, string>): FlowCounter {
  const used = new Uint32Array(places);
  const found = new Map<string, { flows: number; ports: number }>();
  return {
    onLine: (line) => {
      const answer = line.indexOf(' src=', line.indexOf(' src=') + 1);
      const start = line.indexOf(' dst=', answer) + ' dst='.length;
      const end = line.indexOf(' ', start);
      const name = answer < 0 ? undefined : names.get(line.slice(start, end));
      if (name === undefined) return;
      const count = found.get(name) ?? { flows: 0, ports: 0 };
      found.set(name, count);
      count.flows += 1;
      const port = line.indexOf(' dport=', end);
      if (!line.startsWith(' sport=', end) || port < 0) return;
      const place = hashOf(line, { protocol: line.charCodeAt(0), from: answer, to: port });
      const ports = (used[place] ?? 0) + 1;
      used[place] = ports;
      count.ports = Math.max(count.ports, ports);
    },
    counts: () => found,
  };
}

// FNV-1a over "src=B dst=EGRESS sport=2" and the protocol: text of one line, of which nothing is kept.
function hashOf(line: string, part: { readonly protocol: number; readonly from: number; readonly to: number }): number {
  let hash = 0x811c9dc5 ^ part.protocol;
  for (let at = part.from; at < part.to; at += 1) hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 16)) & (places - 1);
}
