import type { NodePlan } from '../../compile/node-plan.ts';
import { counters } from './names.ts';
import { fromNowhere, strangerChain } from './nft-fence.ts';

const drop = `counter name "${counters.isolated}" drop`;

/** Addresses of the local Pods that nothing leaves from but by a rule; those whose rules take every destination are not among them. */
export function isolatedPods({ profiles, pods }: NodePlan): string[] {
  const isolated = new Set(
    profiles.filter(({ decisions }) => decisions.some(({ rest }) => rest?.kind === 'isolated')).map(({ name }) => name),
  );
  return pods.filter(({ profile }) => isolated.has(profile)).map(({ address }) => address);
}

/**
 * What the outside still sends to flows that such a Pod began without a rule, before it was isolated. The flows' entries stay: where
 * Pods are reached without translation, the next such packet would make one anew that begins outside, and let the answers pass.
 */
export function isolatedReplies(mask: string): string[] {
  const unmarked = `ct direction reply ct mark & ${mask} == 0`;
  return [
    `${unmarked} ct original ip saddr @isolated4 ip saddr != @cluster4 ${drop}`,
    `${unmarked} ct original ip6 saddr @isolated6 ip6 saddr != @cluster6 ${drop}`,
  ];
}

/** Last of all: no Pod of a node with isolated ones gets out in the name of another's address, or of one that no Pod has. */
export function straySources(plan: NodePlan): string[] {
  return isolatedPods(plan).length === 0
    ? []
    : [`iifname != "lo" ${fromNowhere} fib daddr type != local jump ${strangerChain}`];
}
