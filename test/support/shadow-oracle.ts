import type { CompiledRule, RoutePort } from '../../src/api/kinds.ts';
import type { LabelSelector } from '../../src/api/meta.ts';
import { cidrContains, cidrRange, parseCidr } from '../../src/net/cidr.ts';
import { formatIp, parseIp } from '../../src/net/ip.ts';
import type { Packet } from './precedence-oracle.ts';

/** A namespace with its labels. */
export interface Space {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Rule = CompiledRule;
type Destination = NonNullable<Rule['destinations']>[number];
/** One destination of one rule. */
interface Claimed {
  readonly rule: Rule;
  readonly to: Destination;
}

/**
 * docs/features.md read aloud: try every packet that could tell two rules apart on every entry of the route, and ask whether
 * rules of other routes that are sure to match the same Pods come first.
 */
export function obviousShadow(
  own: readonly Rule[],
  all: readonly Rule[],
  spaces: readonly Space[],
): 'none' | 'part' | 'whole' {
  const packets = tellingPackets(all);
  const answers = own.flatMap((rule) =>
    claimsOf(rule).flatMap((claim) =>
      (rule.ports ?? [undefined]).flatMap((port) =>
        (rule.serviceAccounts ?? [undefined]).map((account) =>
          judge({ claim, port, account }, { all, spaces, packets }),
        ),
      ),
    ),
  );
  if (answers.every((answer) => answer === 'none')) return 'none';
  return answers.every((answer) => answer === 'whole') ? 'whole' : 'part';
}

interface Entry {
  readonly claim: Claimed;
  readonly port: RoutePort | undefined;
  readonly account: string | undefined;
}

interface Around {
  readonly all: readonly Rule[];
  readonly spaces: readonly Space[];
  readonly packets: readonly Packet[];
}

function judge(entry: Entry, { all, spaces, packets }: Around): 'none' | 'part' | 'whole' {
  const { rule } = entry.claim;
  const mine = packets.filter((packet) => goesTo(entry.claim.to, packet) && isOf(entry.port, packet));
  if (mine.length === 0) return 'none';
  const places =
    rule.route.kind === 'EgressRoute'
      ? [{ name: rule.route.namespace ?? '', labels: {} }]
      : spaces.filter((space) => isIn(rule, space));
  const answers = places.map((space) => {
    const rivals = all
      .filter((other) => JSON.stringify(other.route) !== JSON.stringify(rule.route) && isIn(other, space))
      .filter((other) => hasAllPodsOf(other, entry))
      .flatMap(claimsOf)
      .filter((other) => comesFirst(other, entry.claim));
    const takes = (packet: Packet) => (other: Claimed) =>
      goesTo(other.to, packet) && (other.rule.ports ?? [undefined]).some((port) => isOf(port, packet));
    if (mine.every((packet) => rivals.some(takes(packet)))) return 'whole';
    const equals = rivals.filter((other) => ranks(other).join() === ranks(entry.claim).join());
    return mine.some((packet) => equals.some(takes(packet))) ? 'part' : 'none';
  });
  if (answers.length === 0 || answers.includes('none')) return 'none';
  return answers.includes('part') ? 'part' : 'whole';
}

function claimsOf(rule: Rule): Claimed[] {
  return (rule.destinations ?? [{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }]).map((to) => ({ rule, to }));
}

function isIn(rule: Rule, { name, labels }: Space): boolean {
  if (rule.route.kind === 'EgressRoute') return rule.route.namespace === name;
  const { namespaceSelector } = rule;
  if (namespaceSelector === undefined) return name !== 'kube-system';
  return demands(namespaceSelector).every((demand) => {
    const [key = '', value] = JSON.parse(demand);
    return labels[key] === value;
  });
}

// The generator knows equality only.
function demands(selector: LabelSelector | undefined): string[] {
  return [
    ...Object.entries(selector?.matchLabels ?? {}),
    ...(selector?.matchExpressions ?? []).map(({ key, values = [] }) => [key, ...values]),
  ].map((demand) => JSON.stringify(demand));
}

function hasAllPodsOf(other: Rule, { claim, account }: Entry): boolean {
  const mine = demands(claim.rule.podSelector);
  if (!demands(other.podSelector).every((demand) => mine.includes(demand))) return false;
  return other.serviceAccounts === undefined || (account !== undefined && other.serviceAccounts.includes(account));
}

function ranks({ rule, to }: Claimed): number[] {
  return [
    rule.route.kind === 'EgressRoute' ? 0 : 1,
    -Number(to.cidr.split('/')[1]),
    rule.ports === undefined ? 1 : 0,
    rule.namespaceSelector === undefined ? 1 : 0,
    rule.podSelector === undefined && rule.serviceAccounts === undefined ? 1 : 0,
  ];
}

function comesFirst(a: Claimed, b: Claimed): boolean {
  const key = (claim: Claimed) => [
    ...ranks(claim),
    claim.rule.created,
    `${claim.rule.route.namespace ?? ''}/${claim.rule.route.name}`,
  ];
  for (const [index, mine] of key(a).entries()) {
    const theirs = key(b)[index] ?? '';
    if (mine !== theirs) return mine < theirs;
  }
  return false;
}

function goesTo({ cidr, except = [] }: Destination, packet: Packet): boolean {
  const ip = parseIp(packet.destination);
  const has = (text: string) => {
    const parsed = parseCidr(text);
    return ip !== undefined && parsed !== undefined && cidrContains(parsed, ip);
  };
  return has(cidr) && !except.some(has);
}

function isOf(wanted: RoutePort | undefined, { transport }: Packet): boolean {
  if (wanted === undefined) return true;
  if (transport === undefined || transport.protocol !== (wanted.protocol ?? 'TCP')) return false;
  const { port, endPort } = wanted;
  return port === undefined || (port <= transport.port && transport.port <= (endPort ?? port));
}

// Rules change their mind at the edges of what they name only.
function tellingPackets(all: readonly Rule[]): Packet[] {
  const texts = all.flatMap((rule) => claimsOf(rule).flatMap(({ to }) => [to.cidr, ...(to.except ?? [])]));
  const addresses = new Set(
    texts.flatMap((text) => {
      const cidr = parseCidr(text);
      if (cidr === undefined) return [];
      const { family, from, to } = cidrRange(cidr);
      const after = cidr.prefix === 0 ? [] : [to + 1n];
      return [from, ...after].map((value) => formatIp({ family, value }));
    }),
  );
  const ports = all.flatMap((rule) =>
    (rule.ports ?? []).flatMap(({ port = 0, endPort }) => [port, (endPort ?? port) + 1]),
  );
  const numbers = [...new Set([0, ...ports])].filter((port) => port <= 65535);
  const protocols = ['TCP', 'UDP', 'SCTP'] as const;
  return [...addresses].flatMap((destination) => [
    { destination },
    ...protocols.flatMap((protocol) => numbers.map((port) => ({ destination, transport: { protocol, port } }))),
  ]);
}
