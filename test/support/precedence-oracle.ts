import type { PlanProfile, Verdict } from '../../src/compile/node-plan.ts';
import type { GatewayRule } from '../../src/compile/select-rules.ts';
import { cidrContains, parseCidr } from '../../src/net/cidr.ts';
import { parseIp } from '../../src/net/ip.ts';

export interface Packet {
  readonly destination: string;
  /** Absent: a protocol without ports (ICMP). */
  readonly transport?: { readonly protocol: 'TCP' | 'UDP' | 'SCTP'; readonly port: number };
}

/** api.md §4 read aloud: look at every rule, keep those that match the packet, sort them as the text says, take the first. */
export function obviousWinner(rules: readonly GatewayRule[], packet: Packet): GatewayRule | undefined {
  const ip = parseIp(packet.destination);
  if (ip === undefined) throw new Error(`no address: ${packet.destination}`);
  const matching = rules.flatMap((rule) => {
    const destinations = rule.destinations ?? [{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }];
    const prefixes = destinations.flatMap(({ cidr: text, except = [] }) => {
      const cidr = parseCidr(text);
      const cut = except.flatMap((inner) => parseCidr(inner) ?? []);
      if (cidr === undefined || !cidrContains(cidr, ip) || cut.some((inner) => cidrContains(inner, ip))) return [];
      return [cidr.prefix];
    });
    if (prefixes.length === 0 || !portsMatch(rule, packet)) return [];
    return [{ rule, prefix: Math.max(...prefixes) }];
  });
  matching.sort(
    (a, b) =>
      rank(b.rule.route.kind === 'EgressRoute') - rank(a.rule.route.kind === 'EgressRoute') ||
      b.prefix - a.prefix ||
      rank(b.rule.ports !== undefined) - rank(a.rule.ports !== undefined) ||
      rank(b.rule.namespaceSelector !== undefined) - rank(a.rule.namespaceSelector !== undefined) ||
      rank(selects(b.rule)) - rank(selects(a.rule)) ||
      a.rule.created.localeCompare(b.rule.created) ||
      name(a.rule).localeCompare(name(b.rule), 'en') ||
      a.rule.rule - b.rule.rule ||
      a.rule.match - b.rule.match,
  );
  return matching[0]?.rule;
}

/** What the profile says, scanned linearly: the destination's decision, its ports before the rest. */
export function verdictIn(
  profile: Pick<PlanProfile, 'destinations' | 'decisions'>,
  { destination, transport }: Packet,
): Verdict | undefined {
  const covers = ({ from, to }: { from: string; to: string }) => {
    const [low, ip, high] = [parseIp(from), parseIp(destination), parseIp(to)];
    if (low === undefined || ip === undefined || high === undefined) throw new Error('unreadable interval');
    return low.family === ip.family && low.value <= ip.value && ip.value <= high.value;
  };
  const name = profile.destinations.find(covers)?.decision;
  if (name === undefined) return undefined;
  const decision = profile.decisions.find((each) => each.name === name);
  if (decision === undefined) throw new Error(`the profile has no decision ${name}`);
  const byPort = decision.ports.find(
    ({ protocol, port, endPort }) =>
      transport?.protocol === protocol && port <= transport.port && transport.port <= endPort,
  );
  return byPort?.verdict ?? decision.rest;
}

function portsMatch({ ports }: GatewayRule, { transport }: Packet): boolean {
  if (ports === undefined) return true;
  return ports.some(
    ({ protocol = 'TCP', port, endPort }) =>
      transport?.protocol === protocol &&
      (port === undefined || (port <= transport.port && transport.port <= (endPort ?? port))),
  );
}

const rank = (value: boolean): number => (value ? 1 : 0);
const selects = (rule: GatewayRule): boolean => rule.podSelector !== undefined || rule.serviceAccounts !== undefined;
const name = ({ route }: GatewayRule): string => `${route.namespace ?? ''}/${route.name}`;
