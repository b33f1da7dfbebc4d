import type { NodePlan } from '../compile/node-plan.ts';
import { groupMark, marksOf, priorities, tables } from '../dataplane/desired/names.ts';
import { parseList } from '../dataplane/route/json.ts';
import type { Rule } from '../dataplane/route/model.ts';
import { parseRule } from '../dataplane/route/parse-route.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import { parseNodeLinks } from './node-addresses.ts';

/**
 * keepalived 2.2.7 forgets the `virtual_rules` that it set before a reload: when it loses the group later, or the group itself goes,
 * the rule stays [measured], and this node's Pods go to a gateway hop that is elsewhere by now. What is left over is removed here.
 */
export interface OwnerRules {
  /** Looks when the groups or the addresses changed since the last time; throws ExecError or SyntaxError. */
  check(plan: NodePlan, held: ReadonlySet<string>): Promise<void>;
}

/** Runs `ip` (≥ 6.1), only when something changed. */
export function createOwnerRules({ runner, log }: { readonly runner: Runner; readonly log: Logger }): OwnerRules {
  let checked: string | undefined;
  const print = async (...args: string[]) => (await runner.run('ip', args)).stdout;
  const readRules = async (): Promise<readonly Rule[]> => {
    const [four, six] = await Promise.all([
      print('-N', '-j', '-4', 'rule', 'show'),
      print('-N', '-j', '-6', 'rule', 'show'),
    ]);
    return [
      ...parseList(four, 'ip rule').map((json) => parseRule(4, json)),
      ...parseList(six, 'ip rule').map((json) => parseRule(6, json)),
    ].filter((rule) => rule !== undefined);
  };
  return {
    check: async (plan, held) => {
      const tunnels = plan.groups
        .filter(({ vrrp }) => vrrp !== undefined)
        .map(({ group, tunnel4 }) => [group, tunnel4]);
      const key = JSON.stringify([tunnels, [...held].filter((address) => tunnels.some(([, own]) => own === address))]);
      if (key === checked) return;
      // keepalived adds addresses before rules and removes them after: a rule that was there, without its address afterwards, is left over.
      const rules = await readRules();
      const links = parseNodeLinks(await print('-j', 'addr', 'show'));
      const stale = staleOwnerRules(plan, rules, new Set(links.flatMap(({ addresses }) => addresses)));
      for (const { family, mark } of stale) {
        const fwmark = `0x${mark.value.toString(16)}/0x${mark.mask.toString(16)}`;
        const rule = ['priority', `${priorities.ownerRule}`, 'fwmark', fwmark, 'table', `${tables.local}`];
        await runner.run('ip', [`-${family}`, 'rule', 'del', ...rule], { acceptExitCodes: [0, 2] });
        log.warn({ fwmark, family }, 'removed a rule that keepalived left behind when the group went elsewhere');
      }
      checked = key;
    },
  };
}

type MarkedRule = Rule & { readonly mark: NonNullable<Rule['mark']> };

/** Pure: keepalived's rules for groups whose tunnel address this node does not hold. */
export function staleOwnerRules(
  plan: NodePlan,
  rules: readonly Rule[],
  addresses: ReadonlySet<string>,
): readonly MarkedRule[] {
  const marks = marksOf(plan.marks.mask);
  const owned = new Set(
    plan.groups
      .filter(({ vrrp, tunnel4 }) => vrrp !== undefined && tunnel4 !== undefined && addresses.has(tunnel4))
      .map(({ group }) => groupMark(marks, group)),
  );
  return rules.filter((rule): rule is MarkedRule => {
    const { priority, table, mark } = rule;
    if (priority !== priorities.ownerRule || table !== tables.local || mark === undefined) return false;
    return mark.mask === marks.group && !owned.has(mark.value);
  });
}
