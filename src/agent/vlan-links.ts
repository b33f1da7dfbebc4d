import type { NodePlan } from '../compile/node-plan.ts';
import { isJson, parseList, textOf } from '../dataplane/route/json.ts';
import type { Runner } from '../platform/exec.ts';
import { ExecError } from '../platform/exec-error.ts';
import type { Logger } from '../telemetry/log.ts';

/** A VLAN sub-interface (IEEE 802.1Q) that a network of this node wants. */
export interface VlanLink {
  readonly device: string;
  readonly parent: string;
  readonly id: number;
}

export interface VlanLinks {
  /** Makes those that are missing; resolves to whether it made any, and why others could not be made, by device. */
  make(
    wanted: readonly VlanLink[],
    present: ReadonlySet<string>,
  ): Promise<{ readonly made: boolean; readonly problems: ReadonlyMap<string, string> }>;
  /** Removes those that an agent made and nobody wants; looks only when what is wanted changed. Throws ExecError or SyntaxError. */
  prune(wanted: readonly VlanLink[]): Promise<void>;
}

/** How those that an agent made are told from the administrators', also by the agent after it. */
const alias = 'sallyport';

/**
 * Sub-interfaces by `ip link` (≥ 6.1). They carry egress addresses alone, which keepalived brings; one that is there already is taken
 * as it is, whoever made it.
 */
export function createVlanLinks({ runner, log }: { readonly runner: Runner; readonly log: Logger }): VlanLinks {
  let pruned: string | undefined;
  const makeOne = async ({ device, parent, id }: VlanLink): Promise<string | undefined> => {
    try {
      await runner.run('ip', ['link', 'add', 'link', parent, 'name', device, 'type', 'vlan', 'id', `${id}`]);
      await runner.run('ip', ['link', 'set', 'dev', device, 'alias', alias, 'up']);
      log.info({ device }, 'made the sub-interface of a network');
      return undefined;
    } catch (error) {
      return explainRefusal({ device, parent, id }, error);
    }
  };
  return {
    make: async (wanted, present) => {
      const problems = new Map<string, string>();
      let made = false;
      for (const link of wanted.filter(({ device }) => !present.has(device))) {
        const problem = present.has(link.parent)
          ? await makeOne(link)
          : `interface ${link.parent} of its VLAN ${link.id} does not exist on this node`;
        if (problem === undefined) made = true;
        else problems.set(link.device, problem);
      }
      return { made, problems };
    },
    prune: async (wanted) => {
      const key = JSON.stringify(wanted);
      if (key === pruned) return;
      const { stdout } = await runner.run('ip', ['-d', '-j', 'link', 'show', 'type', 'vlan']);
      for (const device of ownVlans(stdout).filter((own) => !wanted.some((link) => link.device === own))) {
        await runner.run('ip', ['link', 'del', 'dev', device]);
        log.info({ device }, 'removed the sub-interface of a network that is gone');
      }
      pruned = key;
    },
  };
}

/** Pure: the sub-interfaces that the networks of this node want, each once. */
export function wantedVlans({ groups }: Pick<NodePlan, 'groups'>): readonly VlanLink[] {
  const all = groups.flatMap(({ vrrp }): VlanLink[] => {
    if (vrrp?.vlan === undefined || vrrp.networkInterface === undefined) return [];
    return [{ device: vrrp.networkInterface, ...vrrp.vlan }];
  });
  return [...new Map(all.map((link) => [link.device, link])).values()];
}

/** Pure: the devices in what `ip -d -j link show type vlan` prints that an agent made; throws SyntaxError on anything but its JSON. */
export function ownVlans(text: string): readonly string[] {
  return parseList(text, 'ip link').flatMap((json) => {
    const kind = isJson(json['linkinfo']) ? textOf(json['linkinfo']['info_kind']) : undefined;
    const device = textOf(json['ifname']);
    return kind === 'vlan' && textOf(json['ifalias']) === alias && device !== undefined ? [device] : [];
  });
}

function explainRefusal({ device, parent, id }: VlanLink, error: unknown): string {
  const words = error instanceof ExecError ? error.stderr.trim() : String(error);
  const what = `interface ${device} does not exist, and VLAN ${id} on ${parent} cannot be made: ${words}`;
  return /Unknown device type|not supported/i.test(words)
    ? `${what}; this kernel has no VLAN devices, or its module 8021q is not loaded`
    : what;
}
