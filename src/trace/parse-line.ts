import type { PacketHeader, TraceEvent } from './model.ts';

/** The longest text of a rule that is kept. */
const longestRule = 300;

/** Pure: a line of `nft monitor` (nft 1.0.6, that of the image) that tells of a traced packet; undefined for every other line. */
export function parseTraceLine(line: string): TraceEvent | undefined {
  const match = /^trace id ([0-9a-f]{1,16}) ([a-z0-9]{1,8}) (\S{1,256}) (\S{1,256}) (.*?) ?$/.exec(line);
  if (match === null) return undefined;
  const [, id = '', family = '', table = '', chain = '', rest = ''] = match;
  const at = { id, table: `${family} ${table}`, chain };
  if (rest.startsWith('packet:')) return { kind: 'packet', ...at, header: parseHeader(`${rest.slice(7)} `) };
  const policy = /^policy ([a-z]+)(?: meta mark (0x[0-9a-f]{1,8}))?/.exec(rest);
  if (policy !== null) {
    const mark = policy[2] === undefined ? {} : { mark: Number(policy[2]) };
    return { kind: 'policy', ...at, verdict: policy[1] ?? '', ...mark };
  }
  // The last one counts: a rule's comment may hold anything.
  const rule = /^(rule|unknown rule handle) (.*) \(verdict ([^()]{1,300})\)$/.exec(rest);
  if (rule === null) return undefined;
  const text = rule[1] === 'rule' ? plainRule(rule[2] ?? '') : '';
  return { kind: 'rule', ...at, rule: text, verdict: rule[3] ?? '' };
}

/** A rule as people write it: without our digest and the counters' figures. */
function plainRule(text: string): string {
  return text
    .replace(/ comment "sp:[0-9a-f]+"$/, '')
    .replace(/ packets \d+ bytes \d+/g, '')
    .slice(0, longestRule);
}

function parseHeader(text: string): PacketHeader {
  const word = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const number = (pattern: RegExp): number | undefined => {
    const found = word(pattern);
    return found === undefined ? undefined : Number(found);
  };
  const header = {
    iif: word(/ iif "?([^" ]+)"? /),
    oif: word(/ oif "?([^" ]+)"? /),
    source: word(/ ip6? saddr (\S+) /),
    destination: word(/ ip6? daddr (\S+) /),
    sourcePort: number(/ (?:tcp|udp|sctp|th) sport (\d{1,5}) /),
    destinationPort: number(/ (?:tcp|udp|sctp|th) dport (\d{1,5}) /),
    echo: number(/ icmp(?:v6)? id (\d{1,5}) /),
  };
  const present = Object.entries(header).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(present) as Omit<PacketHeader, 'print'>), print: printOf(text) };
}

function printOf(text: string): string {
  const parts = [/ ip id (\d+) /, / ip6? length (\d+) /, / tcp flags == (\S+) /, / icmp(?:v6)? sequence (\d+) /];
  return parts.map((part) => part.exec(text)?.[1] ?? '').join('/');
}
