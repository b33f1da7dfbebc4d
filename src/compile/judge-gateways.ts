import type { Gateway } from '../api/gateway.ts';
import type { EgressGatewayParameters, EgressPlacementSpec, FailoverProfile } from '../api/kinds.ts';
import type { LabelSelector } from '../api/meta.ts';
import { apiGroup } from '../api/names.ts';
import { type Finding, finding } from '../api/reasons.ts';
import type { Family } from '../net/ip.ts';
import { type AddressRequests, parseAddressRequests } from './address-requests.ts';
import { placementNetwork } from './check-network.ts';
import { type ClassSettings, profiles } from './class-settings.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { isTrue } from './conditions.ts';
import type { JudgedClass } from './judge-classes.ts';
import { type JudgedListener, judgeListeners } from './judge-listeners.ts';
import { compareAge, objectKey } from './order.ts';
import type { PlatformSnapshot } from './snapshot.ts';
import { tunnelFamily } from './tunnel-family.ts';

/** Class and parameters together: how one Gateway is to be placed. */
export interface GatewaySettings {
  readonly egressClass: string;
  readonly cluster: ClusterSettings;
  /** Of the tunnel's outer addresses and of VRRP. */
  readonly tunnelFamily: Family;
  readonly network: EgressPlacementSpec['network'];
  /** All of them select the nodes that may own. */
  readonly nodeSelectors?: readonly LabelSelector[];
  readonly profile: FailoverProfile;
  readonly preempt: boolean;
  readonly candidates: number;
  /** Of the groups of the class, in one zone, while other zones have room. */
  readonly maxOwnersPerZone?: number;
  /** Only Gateways of one kind share a failover group: "class/network/profile/preempt". */
  readonly groupKind: string;
}

/** A Gateway of ours with what was found; `settings` only when it is accepted. */
export interface JudgedGateway {
  readonly gateway: Gateway;
  readonly key: string;
  readonly accepted: Finding;
  readonly listeners: readonly JudgedListener[];
  readonly requests: AddressRequests;
  /** Of its class: the namespaces that a ClusterEgressRoute without selector leaves out. */
  readonly excludedNamespaces: readonly string[];
  readonly settings?: GatewaySettings;
}

/** The Gateways whose class is ours, oldest first. */
export function judgeGateways(
  snapshot: PlatformSnapshot,
  classes: ReadonlyMap<string, JudgedClass>,
): readonly JudgedGateway[] {
  const parameters = new Map(snapshot.parameters.map((object) => [objectKey(object), object]));
  const { family } = tunnelFamily(snapshot);
  return [...snapshot.gateways].sort(compareAge).flatMap((gateway) => {
    const judgedClass = classes.get(gateway.spec.gatewayClassName);
    return judgedClass === undefined ? [] : [judgeGateway(gateway, judgedClass, { parameters, family })];
  });
}

interface World {
  readonly parameters: ReadonlyMap<string, EgressGatewayParameters>;
  readonly family: Family;
}

function judgeGateway(gateway: Gateway, judgedClass: JudgedClass, world: World): JudgedGateway {
  const listeners = judgeListeners(gateway.spec.listeners);
  const requests = parseAddressRequests(gateway);
  const { excludedNamespaces } = judgedClass;
  const base = { gateway, key: objectKey(gateway), listeners, requests, excludedNamespaces };
  const settings = settingsOf(gateway, judgedClass, world);
  if ('code' in settings) return { ...base, accepted: settings };
  const accepted = refuseTls(gateway) ?? requests.unsupported ?? summariseListeners(listeners);
  return isTrue(accepted) ? { ...base, accepted, settings } : { ...base, accepted };
}

// As in a listener: who sets it expects what an egress Gateway does not do.
function refuseTls({ spec }: Gateway): Finding | undefined {
  if (spec.tls === undefined) return undefined;
  const problem = 'is not supported: an egress Gateway terminates nothing and presents no certificate; remove it';
  return finding('GatewayInvalidSpec', { field: 'spec.tls', problem });
}

// Upstream asks that the message tells the conflicted from the accepted.
function summariseListeners(listeners: readonly JudgedListener[]): Finding {
  const names = (wanted: boolean) => {
    return listeners
      .filter(({ accepted }) => isTrue(accepted) === wanted)
      .map(({ listener, conflicted }) => `${listener.name}${isTrue(conflicted) ? ' (conflicted)' : ''}`);
  };
  const [valid, invalid] = [names(true).join(', '), names(false).join(', ')];
  if (invalid === '' && valid !== '') return finding('GatewayAccepted', {});
  if (valid === '') return finding('GatewayListenersNotValid', { invalid: invalid === '' ? 'there is none' : invalid });
  return finding('GatewaySomeListenersNotValid', { valid, invalid });
}

function settingsOf(gateway: Gateway, judged: JudgedClass, world: World): GatewaySettings | Finding {
  const name = judged.gatewayClass.metadata.name;
  if (judged.settings === undefined) {
    return finding('GatewayClassPending', { class: name, problem: judged.accepted.message });
  }
  const { egressClass } = judged.settings;
  const cluster = { cluster: judged.settings.cluster, tunnelFamily: world.family };
  const ref = gateway.spec.infrastructure?.parametersRef;
  if (ref === undefined) return combine(egressClass, cluster, undefined);
  const field = 'spec.infrastructure.parametersRef';
  if (ref.group !== apiGroup || ref.kind !== 'EgressGatewayParameters') {
    const problem = `${ref.kind} of group ${ref.group} is of the wrong kind; name an EgressGatewayParameters of group ${apiGroup}`;
    return finding('GatewayInvalidParameters', { field, problem });
  }
  const found = world.parameters.get(`${gateway.metadata.namespace}/${ref.name}`);
  if (found === undefined) {
    const problem = `EgressGatewayParameters ${ref.name} does not exist in namespace ${gateway.metadata.namespace}`;
    return finding('GatewayInvalidParameters', { field, problem });
  }
  return combine(egressClass, cluster, found);
}

function combine(
  egressClass: ClassSettings,
  cluster: Pick<GatewaySettings, 'cluster' | 'tunnelFamily'>,
  parameters: EgressGatewayParameters | undefined,
): GatewaySettings | Finding {
  const { name, networks, nodeSelector, candidates } = egressClass;
  const spec = parameters?.spec;
  const origin =
    parameters === undefined ? `EgressClass ${name}` : `EgressGatewayParameters ${parameters.metadata.name}`;
  const wanted = spec?.network ?? networks[0]?.name ?? 'default';
  const network = networks.find((candidate) => candidate.name === wanted);
  if (network === undefined) {
    const problem = `${wanted} is no network of EgressClass ${name}, which has ${networks.map((n) => n.name).join(', ')}`;
    return finding('GatewayInvalidParameters', { field: `${origin}: spec.network`, problem });
  }
  const profile = spec?.failover?.profile ?? egressClass.profile;
  if (!profiles.includes(profile)) {
    const problem = `${profile} is none of ${profiles.join(', ')}`;
    return finding('GatewayInvalidParameters', { field: `${origin}: spec.failover.profile`, problem });
  }
  const preempt = spec?.failover?.preempt ?? egressClass.preempt;
  const nodeSelectors = [nodeSelector, network.nodeSelector].filter((selector) => selector !== undefined);
  return {
    egressClass: name,
    ...cluster,
    network: placementNetwork(network),
    ...(nodeSelectors.length === 0 ? {} : { nodeSelectors }),
    profile,
    preempt,
    ...(egressClass.maxOwnersPerZone === undefined ? {} : { maxOwnersPerZone: egressClass.maxOwnersPerZone }),
    candidates,
    groupKind: `${name}/${network.name}/${profile}/${preempt}`,
  };
}
