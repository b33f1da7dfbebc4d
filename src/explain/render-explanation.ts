import type { Explanation, MissView, RuleView } from './explain.ts';
import type { GatewayView } from './gateway-view.ts';
import type { WhyNot } from './why-not.ts';

/** An explanation as lines for a person: the answer first, then the way, then who else was asked. */
export function renderExplanation(explanation: Explanation): string {
  const { pod, node, packet, gateway, applying, others } = explanation;
  const [first, ...next] = applying;
  return [
    `${pod}${node === undefined ? '' : ` on ${node}`} → ${packet}`,
    headline(explanation),
    `  ${explanation.why}`,
    ...(gateway === undefined ? [] : gatewayLines(gateway)),
    ...(first === undefined ? [] : ['', 'rules that apply, the first decides:', ...[first, ...next].map(ruleLine)]),
    ...(others.length === 0 ? [] : ['', 'rules that do not:', ...others.flatMap(missLines)]),
    '',
  ].join('\n');
}

function headline({ outcome, source }: Explanation): string {
  switch (outcome) {
    case 'leaves':
      return `leaves as ${source ?? 'an address of the Gateway'}`;
    case 'dropped':
      return 'is dropped: nothing of it leaves';
    case 'untouched':
      return 'is left alone';
    case 'inside':
      return 'is no egress';
  }
}

function gatewayLines({
  gateway,
  gatewayClass,
  owner,
  standbys,
  tunnelAddress,
  onPodNode,
  problem,
}: GatewayView): string[] {
  const way = tunnelAddress === undefined ? '' : `, through the tunnel to ${tunnelAddress}`;
  const ready = standbys.length === 0 ? 'nobody is ready to take over' : `ready to take over: ${standbys.join(', ')}`;
  const there = {
    applied: 'has it in its kernel',
    failed: `failed: ${problem ?? ''}`,
    'not yet': 'has not said that it has it',
  };
  return [
    `  Gateway ${gateway} of class ${gatewayClass}: owner ${owner ?? 'nobody'}${way}; ${ready}`,
    `  the Pod's node ${there[onPodNode]}`,
  ];
}

function ruleLine({ route, rule, destination, gateway, before }: RuleView): string {
  return `  ${route}, ${rule}: ${destination} by Gateway ${gateway}${before === undefined ? '' : `; before the next: ${before}`}`;
}

function missLines({ route, rule, unmet }: MissView): string[] {
  return unmet.map((fact, at) => (at === 0 ? `  ${route}, ${rule}: ${fact}` : `    and ${fact}`));
}

/** A counterfactual as lines for a person. */
export function renderWhyNot({ route, decides, rule, facts }: WhyNot): string {
  if (decides) return `${route}, ${rule ?? ''}, does decide about this packet\n`;
  const where = rule === undefined ? route : `${route}, ${rule}`;
  return [`${where} would decide, if`, ...facts.map((fact) => `  - ${fact}`), ''].join('\n');
}
