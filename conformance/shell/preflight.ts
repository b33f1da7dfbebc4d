import { apiGroup, gatewayGroup } from '../../src/api/names.ts';
import { gatewayApi } from '../lib/manifests.ts';
import { describeConditions, listAt, textAt, valueAt } from '../lib/read.ts';
import { type Api, ApiRefusal, type KubeObject } from '../lib/world.ts';

/** What the run has to know of the cluster before it starts. */
export interface Preflight {
  readonly controllerName: string;
  /** Names of `status.supportedFeatures`. */
  readonly saidFeatures: readonly string[];
  /** Of the Gateway API CRDs; "unknown" where they do not say. */
  readonly gatewayApi: { readonly version: string; readonly channel: string };
}

/** Reads the class and the CRDs; throws Error with what is missing and what to do. */
export async function readCluster(api: Api, className: string): Promise<Preflight> {
  const gateways = await readCrd(api, `gateways.${gatewayGroup}`, 'install the Gateway API CRDs first');
  await readCrd(api, `egressroutes.${apiGroup}`, 'install config/crd of Sallyport (the route has no other home yet)');
  const gatewayClass = await readClass(api, className);
  return {
    controllerName: textAt(gatewayClass, 'spec', 'controllerName'),
    saidFeatures: listAt(gatewayClass, 'status', 'supportedFeatures').map((entry) => textAt(entry, 'name')),
    gatewayApi: {
      version: annotationOf(gateways, `${gatewayGroup}/bundle-version`),
      channel: annotationOf(gateways, `${gatewayGroup}/channel`),
    },
  };
}

async function readCrd(api: Api, name: string, remedy: string): Promise<KubeObject | undefined> {
  try {
    const kind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
    const crd = await api.get({ ...kind, name });
    if (crd === undefined) throw new Error(`CRD ${name} is not installed: ${remedy}`);
    return crd;
  } catch (error) {
    // Who may not read CRDs may still run the suite; only the report then lacks the release.
    if (error instanceof ApiRefusal && error.status === 403) return undefined;
    throw error;
  }
}

async function readClass(api: Api, name: string): Promise<KubeObject> {
  const gatewayClass = await api.get({ apiVersion: gatewayApi, kind: 'GatewayClass', name });
  if (gatewayClass === undefined) {
    const others = await api.list({ apiVersion: gatewayApi, kind: 'GatewayClass' });
    const names = others.map(({ metadata }) => metadata.name).join(', ') || 'there is none';
    throw new Error(`GatewayClass ${name} does not exist; the cluster has: ${names}`);
  }
  const conditions = listAt(gatewayClass, 'status', 'conditions');
  const isAccepted = conditions.some(
    (condition) => textAt(condition, 'type') === 'Accepted' && textAt(condition, 'status') === 'True',
  );
  if (isAccepted) return gatewayClass;
  const problem = describeConditions(gatewayClass.status);
  throw new Error(`GatewayClass ${name} is not accepted (${problem}): is its controller running?`);
}

function annotationOf(object: KubeObject | undefined, key: string): string {
  const value = valueAt(object, 'metadata', 'annotations', key);
  return typeof value === 'string' ? value : 'unknown';
}
