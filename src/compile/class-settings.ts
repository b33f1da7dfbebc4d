import type { EgressClass, EgressClassSpec, EgressNetwork, FailoverProfile } from '../api/kinds.ts';
import type { LabelSelector } from '../api/meta.ts';
import { checkNetworks } from './check-network.ts';
import { checkSelector } from './check-selector.ts';
import { lastGroup } from './cluster-settings.ts';
import type { FieldProblem, Parsed } from './decision.ts';
import { memoByObject } from './memo.ts';

/** An EgressClass with its defaults applied. */
export interface ClassSettings {
  /** Name of the EgressClass. */
  readonly name: string;
  readonly networks: readonly EgressNetwork[];
  readonly nodeSelector?: LabelSelector;
  readonly profile: FailoverProfile;
  /** 1..8 */
  readonly candidates: number;
  readonly preempt: boolean;
  /** Absent: no limit. */
  readonly maxOwnersPerZone?: number;
  /** Sorted; kube-system is always one of them. */
  readonly excludedNamespaces: readonly string[];
}

export const profiles: readonly FailoverProfile[] = ['Fast', 'Default', 'Wan'];

/** Checks an EgressClass; the problem names the first bad field. */
export const parseClass = memoByObject((egressClass: EgressClass): Parsed<ClassSettings> => {
  const spec: EgressClassSpec = egressClass.spec ?? {};
  const problem = checkNetworks(spec.networks ?? []) ?? checkNodes(spec) ?? checkFailover(spec) ?? checkIsolation(spec);
  if (problem !== undefined) return { ok: false, ...problem };
  const { networks = [], gatewayNodes, failover } = spec;
  return {
    ok: true,
    value: {
      name: egressClass.metadata.name,
      networks: networks.length === 0 ? [{ name: 'default' }] : networks,
      ...(gatewayNodes?.nodeSelector === undefined ? {} : { nodeSelector: gatewayNodes.nodeSelector }),
      profile: failover?.profile ?? 'Default',
      candidates: failover?.candidates ?? 2,
      preempt: failover?.preempt ?? false,
      ...(gatewayNodes?.maxOwnersPerZone === undefined ? {} : { maxOwnersPerZone: gatewayNodes.maxOwnersPerZone }),
      excludedNamespaces: excludedNamespaces(spec),
    },
  };
});

/** The namespaces that a ClusterEgressRoute without selector leaves out, and that the class never isolates, sorted (api.md §5, §6). */
export function excludedNamespaces(spec: EgressClassSpec | undefined): readonly string[] {
  return [...new Set(['kube-system', ...(spec?.excludedNamespaces ?? [])])].sort();
}

function checkNodes({ gatewayNodes }: EgressClassSpec): FieldProblem | undefined {
  const problem = checkSelector(gatewayNodes?.nodeSelector);
  if (problem !== undefined) return { field: 'spec.gatewayNodes.nodeSelector', problem };
  const most = gatewayNodes?.maxOwnersPerZone ?? lastGroup;
  if (Number.isInteger(most) && most >= 1 && most <= lastGroup) return undefined;
  return { field: 'spec.gatewayNodes.maxOwnersPerZone', problem: `${most} is not one of 1..${lastGroup}` };
}

function checkFailover({ failover }: EgressClassSpec): FieldProblem | undefined {
  const { profile = 'Default', candidates = 2 } = failover ?? {};
  if (!profiles.includes(profile)) {
    return { field: 'spec.failover.profile', problem: `${profile} is none of ${profiles.join(', ')}` };
  }
  if (Number.isInteger(candidates) && candidates >= 1 && candidates <= 8) return undefined;
  return { field: 'spec.failover.candidates', problem: `${candidates} is not one of 1..8` };
}

function checkIsolation({ isolation }: EgressClassSpec): FieldProblem | undefined {
  const problem = checkSelector(isolation?.namespaceSelector);
  return problem === undefined ? undefined : { field: 'spec.isolation.namespaceSelector', problem };
}
