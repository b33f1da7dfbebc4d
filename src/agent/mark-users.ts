import { priorities } from '../dataplane/desired/names.ts';
import type { Runner } from '../platform/exec.ts';

/** A policy rule of somebody else that decides by bits of our mark mask. */
export interface MarkUser {
  readonly priority: number;
  readonly mark: number;
  readonly mask: number;
}

/**
 * Rules of others whose mark bits overlap `mask` (Cilium 0x0f00, the AWS CNI 0x80, …): beside them packets would be steered by
 * each other's marks. Reads `ip -j rule` of both families (iproute2 ≥ 6.1); throws ExecError or SyntaxError.
 */
export async function findMarkUsers(runner: Runner, mask: number): Promise<readonly MarkUser[]> {
  const texts = await Promise.all(['-4', '-6'].map((family) => runner.run('ip', ['-N', '-j', family, 'rule', 'show'])));
  return texts.flatMap(({ stdout }) => parseMarkUsers(stdout, mask));
}

/** Pure: the same from what `ip -j rule` printed; a rule without mask looks at all bits. */
export function parseMarkUsers(text: string, mask: number): readonly MarkUser[] {
  const json: unknown = text.trim() === '' ? [] : JSON.parse(text);
  if (!Array.isArray(json)) throw new SyntaxError('ip -j rule: expected a list');
  return json.flatMap((rule: Readonly<Record<string, unknown>>) => {
    const priority = Number(rule['priority']);
    if (rule['fwmark'] === undefined || isOurs(priority)) return [];
    const user = { priority, mark: Number(rule['fwmark']), mask: Number(rule['fwmask'] ?? 0xffff_ffff) };
    return (user.mask & mask) === 0 ? [] : [user];
  });
}

/** One sentence for people: who uses which bits, and what to change. */
export function explainMarkUsers(users: readonly MarkUser[], mask: number): string {
  const hex = (value: number) => `0x${value.toString(16)}`;
  const rules = users.map((user) => `ip rule ${user.priority} (fwmark ${hex(user.mark)}/${hex(user.mask)})`).join(', ');
  return (
    `another program of this node decides by mark bits of EgressCluster spec.marks.mask ${hex(mask)}: ${rules}; ` +
    'choose 13 other bits there, or start the agent with --allow-mark-overlap if those rules never meet Pod traffic'
  );
}

function isOurs(priority: number): boolean {
  return Object.values(priorities).some((own) => own === priority);
}
