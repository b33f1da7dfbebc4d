/** Name of the conformance profile, as it stands in reports. */
export const profileName = 'GATEWAY-EGRESS';

/** What every implementation of the profile has (docs/features.md). */
export const coreFeatures = ['EgressRoute', 'Gateway'] as const;

/** What an implementation may say in `GatewayClass.status.supportedFeatures`, and is then tested for (docs/features.md). */
export const extendedFeatures = [
  'ClusterEgressRoute',
  'EgressRouteHostname',
  'EgressRouteParentRefPort',
  'EgressRoutePorts',
  'EgressRouteServiceAccounts',
  'EgressRouteShadowed',
  'GatewayAddressEmpty',
  'GatewayEgressAddressPool',
  'GatewayEgressDualStack',
  'GatewayEgressFailover',
  'GatewayEgressIsolation',
  'GatewayEgressMultipleAddresses',
  'GatewayEgressPlacementInfrastructure',
  'GatewayStaticAddresses',
] as const;

export type Feature = (typeof coreFeatures)[number] | (typeof extendedFeatures)[number];

/** Whether a feature belongs to the extended part of the profile. */
export function isExtended(feature: Feature): boolean {
  return extendedFeatures.some((extended) => extended === feature);
}
