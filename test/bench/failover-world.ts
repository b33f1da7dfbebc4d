import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestLab } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, runningPods, untilProgrammed } from '../support/lab-objects.ts';
import { candidatesOf, untilWhole } from './inside-lab.ts';

export const profiles = ['Fast', 'Default', 'Wan'] as const;
export type Profile = (typeof profiles)[number];
/** VRRPv3 advertisement intervals of the profiles, ms (EgressClass, spec.failover.profile). */
export const advertMs: Readonly<Record<Profile, number>> = { Fast: 10, Default: 100, Wan: 1000 };

/** What the bench breaks: a Gateway, and Pods of it. */
export interface FailoverWorld {
  /** NAMESPACE/NAME */
  readonly gateway: string;
  readonly address: string;
  readonly candidates: readonly string[];
  /** The nodes of `pods`: all, since drains choose other candidates; or those that are none, in a world of bystanders. */
  readonly nodes: readonly string[];
  /** NAMESPACE/NAME of the Pod on each of these nodes. */
  readonly pods: readonly string[];
}

const parametersYaml = (namespace: string, profile: Profile): string => `
apiVersion: sallyport.dev/v1alpha1
kind: EgressGatewayParameters
metadata: {namespace: ${namespace}, name: out}
spec: {failover: {profile: ${profile}}}`;

/** Makes a namespace with a Gateway of this profile and its Pods; resolves when all is there and whole. */
export async function makeFailoverWorld(
  lab: TestLab,
  profile: Profile,
  where: 'every-role' | 'bystanders' = 'every-role',
  namespace = 'bench',
): Promise<FailoverWorld> {
  const spec = 'infrastructure: {parametersRef: {group: sallyport.dev, kind: EgressGatewayParameters, name: out}}';
  const [gateway, route] = [`${namespace}/out`, `${namespace}/all`];
  await apply(lab, namespaceYaml(namespace));
  await apply(lab, parametersYaml(namespace, profile), gatewayYaml(gateway, { spec }), routeYaml(route, { gateway }));
  const address = await addressOf(lab, gateway);
  const candidates = await candidatesOf(lab, gateway);
  const names = await lab.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}']);
  const others = names.split(' ').filter((node) => !candidates.includes(node));
  const nodes = where === 'bystanders' ? others : names.split(' ');
  await apply(lab, ...nodes.map((node) => podYaml(`${namespace}/${node}`, { node })));
  await runningPods(lab, namespace, { count: nodes.length });
  await untilProgrammed(lab, 'egressroute', route);
  await untilWhole(lab, gateway, 0);
  const pods = nodes.map((node) => `${namespace}/${node}`);
  for (const pod of pods) while (!existsSync(`/run/lab/pods/${pod}`)) await sleep(20);
  return { gateway, address, candidates, nodes, pods };
}
