import type { NodePlan } from '../compile/node-plan.ts';
import { parseList, textOf } from '../dataplane/route/json.ts';
import type { Runner } from '../platform/exec.ts';

export interface Heirs {
  /** Tells the kernel, once for each group that this node owns and each heir that it gets. Throws ExecError or SyntaxError. */
  tell(plan: Pick<NodePlan, 'node' | 'groups'>, held: ReadonlySet<string>, underlayDevice: string): Promise<void>;
}

/** Who is to have a tunnel address next. */
export interface Heir {
  readonly tunnelAddress: string;
  /** Node address of the candidate of highest priority beside this node. */
  readonly address: string;
}

/**
 * An owner that gives up does not know who has the tunnel address now, and whoever is to have it may need a moment: its own Pods'
 * packets would wait for ARP, and more than fit in that queue be lost. So it has the heir's MAC beforehand, unproved (nud stale,
 * ip-neighbour(8)); candidates take the tunnel's packets also before they own. Runs `ip` (≥ 6.1), only when something changed.
 */
export function createHeirs({ runner }: { readonly runner: Runner }): Heirs {
  const told = new Map<string, string>();
  return {
    tell: async (plan, held, device) => {
      const heirs = heirsOf(plan, held);
      for (const tunnelAddress of told.keys())
        if (!heirs.some((heir) => heir.tunnelAddress === tunnelAddress)) told.delete(tunnelAddress);
      for (const { tunnelAddress, address } of heirs) {
        if (told.get(tunnelAddress) === `${address} ${device}`) continue;
        const { stdout } = await runner.run('ip', ['-j', 'neigh', 'show', 'to', address, 'dev', device]);
        const mac = parseList(stdout, 'ip neigh').flatMap((entry) => textOf(entry['lladdr']) ?? [])[0];
        // Not spoken to yet: adverts soon will be.
        if (mac === undefined) continue;
        await runner.run('ip', ['neigh', 'replace', tunnelAddress, 'lladdr', mac, 'dev', device, 'nud', 'stale']);
        told.set(tunnelAddress, `${address} ${device}`);
      }
    },
  };
}

/** Pure: the heirs of the groups whose tunnel address this node holds. */
export function heirsOf(
  { node, groups }: Pick<NodePlan, 'node' | 'groups'>,
  held: ReadonlySet<string>,
): readonly Heir[] {
  return groups.flatMap(({ vrrp, tunnel, candidates }): readonly Heir[] => {
    if (vrrp === undefined || tunnel === undefined || !held.has(tunnel)) return [];
    const others = candidates.filter((candidate) => candidate.node !== node.name);
    const [heir] = others.toSorted((a, b) => b.priority - a.priority);
    return heir === undefined ? [] : [{ tunnelAddress: tunnel, address: heir.address }];
  });
}
