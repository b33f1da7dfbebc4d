import { bundleVersionAnnotation, type GatewayClass, supportedBundles } from '../api/gateway.ts';
import type { EgressClass } from '../api/kinds.ts';
import { apiGroup, apiVersion, controllerName } from '../api/names.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { type ClassSettings, excludedNamespaces, parseClass } from './class-settings.ts';
import { type ClusterSettings, parseCluster } from './cluster-settings.ts';
import type { Decision } from './decision.ts';
import { compareName } from './order.ts';
import type { PlatformSnapshot } from './snapshot.ts';

/** A GatewayClass of ours with what was found; `settings` only when it is accepted. */
export interface JudgedClass {
  readonly gatewayClass: GatewayClass;
  readonly accepted: Finding;
  readonly version: Finding;
  /** Namespaces that a ClusterEgressRoute without selector leaves out; known even when the class is refused. */
  readonly excludedNamespaces: readonly string[];
  readonly settings?: { readonly egressClass: ClassSettings; readonly cluster: ClusterSettings };
}

/** The GatewayClasses with our controllerName, by name; all others are nobody's business here. */
export function judgeClasses(snapshot: PlatformSnapshot): ReadonlyMap<string, JudgedClass> {
  const ours = snapshot.gatewayClasses.filter(({ spec }) => spec.controllerName === controllerName);
  const version = judgeVersion(snapshot.gatewayApiVersion);
  const cluster = judgeCluster(snapshot);
  return new Map(
    ours.sort(compareName).map((gatewayClass) => {
      const egressClass = judgeParameters(gatewayClass, snapshot);
      const excluded = excludedNamespaces(findParameters(gatewayClass, snapshot)?.spec);
      const judged = { gatewayClass, version, excludedNamespaces: excluded, ...combine(egressClass, cluster) };
      return [gatewayClass.metadata.name, judged];
    }),
  );
}

function combine(
  egressClass: Decision<ClassSettings>,
  cluster: Decision<ClusterSettings>,
): Pick<JudgedClass, 'accepted' | 'settings'> {
  if (!egressClass.ok) return { accepted: egressClass.finding };
  if (!cluster.ok) return { accepted: cluster.finding };
  return {
    accepted: finding('ClassAccepted', { class: egressClass.value.name }),
    settings: { egressClass: egressClass.value, cluster: cluster.value },
  };
}

function findParameters({ spec }: GatewayClass, { egressClasses }: PlatformSnapshot): EgressClass | undefined {
  return egressClasses.find(({ metadata }) => metadata.name === spec.parametersRef?.name);
}

function judgeParameters(gatewayClass: GatewayClass, snapshot: PlatformSnapshot): Decision<ClassSettings> {
  const ref = gatewayClass.spec.parametersRef;
  if (ref === undefined) return refuse(finding('ClassNoParameters', { problem: 'is missing' }));
  if (ref.group !== apiGroup || ref.kind !== 'EgressClass') {
    return refuse(finding('ClassNoParameters', { problem: `${ref.kind} of group ${ref.group} is of the wrong kind` }));
  }
  if (ref.namespace !== undefined) {
    return refuse(finding('ClassNoParameters', { problem: 'namespace is set, but an EgressClass has none' }));
  }
  const found = findParameters(gatewayClass, snapshot);
  if (found === undefined) return refuse(finding('ClassParametersMissing', { class: ref.name }));
  const parsed = parseClass(found);
  if (parsed.ok) return parsed;
  return refuse(finding('ClassParametersInvalid', { class: ref.name, field: parsed.field, problem: parsed.problem }));
}

function judgeCluster({ cluster }: PlatformSnapshot): Decision<ClusterSettings> {
  if (cluster === undefined) {
    const manifest = JSON.stringify({ apiVersion, kind: 'EgressCluster', metadata: { name: 'default' }, spec: {} });
    return refuse(finding('ClassNoCluster', { manifest }));
  }
  const parsed = parseCluster(cluster);
  if (parsed.ok) return parsed;
  return refuse(finding('ClassClusterInvalid', { field: parsed.field, problem: parsed.problem }));
}

function judgeVersion(version: string | undefined): Finding {
  const known = version !== undefined && supportedBundles.some((bundle) => version.startsWith(`${bundle}.`));
  if (known) return finding('ClassSupportedVersion', { version });
  return finding('ClassUnsupportedVersion', {
    version: version ?? `without ${bundleVersionAnnotation}`,
    supported: supportedBundles.join(', '),
  });
}

function refuse(found: Finding): { readonly ok: false; readonly finding: Finding } {
  return { ok: false, finding: found };
}
