import type { ClusterRouteMatch, RouteDestination, RoutePort, RouteRule } from '../api/kinds.ts';
import { type CidrCheck, checkCidr, cidrContainsCidr, formatCidr } from '../net/cidr.ts';
import { checkSelector } from './check-selector.ts';
import type { FieldProblem } from './decision.ts';

/** The first field of a route rule that cannot be honoured, or undefined; `at` is the rule's path. */
export function checkRule(rule: RouteRule<ClusterRouteMatch>, at: string): FieldProblem | undefined {
  return firstProblem(rule.matches ?? [], (match, index) => checkMatch(match, `${at}.matches[${index}]`));
}

function checkMatch(match: ClusterRouteMatch, at: string): FieldProblem | undefined {
  return (
    checkLabels(match.namespaceSelector, `${at}.namespaceSelector`) ??
    checkLabels(match.podSelector, `${at}.podSelector`) ??
    firstProblem(match.destinations ?? [], (entry, index) => checkDestination(entry, `${at}.destinations[${index}]`)) ??
    firstProblem(match.ports ?? [], (entry, index) => checkPort(entry, `${at}.ports[${index}]`))
  );
}

function checkLabels(selector: ClusterRouteMatch['podSelector'], field: string): FieldProblem | undefined {
  const problem = checkSelector(selector);
  return problem === undefined ? undefined : { field, problem };
}

function checkDestination({ cidr, except, hostname }: RouteDestination, at: string): FieldProblem | undefined {
  if (hostname !== undefined) {
    return { field: `${at}.hostname`, problem: 'destinations by host name are not built yet; give a cidr' };
  }
  if (cidr === undefined) return { field: `${at}.cidr`, problem: 'is missing' };
  const outer = checkCidr(cidr);
  if (!outer.ok) return { field: `${at}.cidr`, problem: describe(cidr, outer) };
  return firstProblem(except ?? [], (text, index) => {
    const field = `${at}.except[${index}]`;
    const inner = checkCidr(text);
    if (!inner.ok) return { field, problem: describe(text, inner) };
    return cidrContainsCidr(outer.value, inner.value) ? undefined : { field, problem: `${text} is not inside ${cidr}` };
  });
}

function describe(text: string, check: Extract<CidrCheck, { ok: false }>): string {
  if (check.reason === 'host-bits') return `${text} has host bits set; write ${formatCidr(check.masked)}`;
  return `${text} is not a CIDR`;
}

const protocols: readonly string[] = ['TCP', 'UDP', 'SCTP'];

function checkPort({ protocol, port, endPort }: RoutePort, at: string): FieldProblem | undefined {
  if (protocol !== undefined && !protocols.includes(protocol)) {
    return { field: `${at}.protocol`, problem: `${protocol} is none of ${protocols.join(', ')}` };
  }
  if (port !== undefined && !isPort(port)) return { field: `${at}.port`, problem: `${port} is not one of 1..65535` };
  if (endPort === undefined) return undefined;
  if (port === undefined) return { field: `${at}.endPort`, problem: 'needs port' };
  if (isPort(endPort) && endPort >= port) return undefined;
  return { field: `${at}.endPort`, problem: `${endPort} is not one of ${port}..65535` };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

function firstProblem<Item>(
  items: readonly Item[],
  check: (item: Item, index: number) => FieldProblem | undefined,
): FieldProblem | undefined {
  for (const [index, item] of items.entries()) {
    const problem = check(item, index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
