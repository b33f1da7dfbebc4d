import type { Condition } from '../../src/api/meta.ts';
import { type TestLab, until } from './lab.ts';

/** An object as `kubectl get -o json` shows it. */
export interface LabObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly hostIP?: string;
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly value: string }[];
    readonly sourceAddresses?: readonly { readonly value: string }[];
    readonly parents?: readonly { readonly conditions: readonly Condition[] }[];
    readonly listeners?: readonly {
      readonly name: string;
      readonly attachedRoutes: number;
      readonly conditions: readonly Condition[];
    }[];
  };
}

interface LabEvent {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly regarding: { readonly kind: string; readonly namespace?: string; readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly reportingController: string;
  readonly series?: { readonly count: number };
}

/** Every kind that Sallyport writes or reads on its own account, for `listObjects`. */
export const ownKinds = [
  'gatewayclasses,gateways,egressroutes,clusteregressroutes,egressgatewayparameters,egressclasses,egressaddresspools',
  'egressclusters,egressaddressclaims,egressplacements,egressrulesets,egressnodes,egressnodereports',
].join();

/** kubectl's arguments for one object: `key` is NAME or NAMESPACE/NAME. */
export function named(kind: string, key: string): readonly string[] {
  const [namespace = '', name] = key.split('/');
  return name === undefined ? [kind, namespace] : ['-n', namespace, kind, name];
}

/** `kubectl apply` of YAML; again where the namespace's ServiceAccount is not there yet, as every user has met it. */
export async function apply(lab: TestLab, ...manifests: readonly string[]): Promise<void> {
  const text = manifests.join('\n---\n');
  await until('the manifests are applied', async () => {
    try {
      await lab.apply(text);
      return true;
    } catch (error) {
      if (/serviceaccount "?[^ ]*"? not found/.test(String(error))) return undefined;
      throw error;
    }
  });
}

/** kubectl's message when the API server refuses YAML; throws when it takes it. */
export async function refusal(lab: TestLab, manifest: string): Promise<string> {
  const { status, stdout, stderr } = await lab.run(['kubectl', 'apply', '-f', '-'], manifest);
  if (status === 0) throw new Error(`the API server took what it should refuse: ${stdout}`);
  return stderr.trim();
}

export async function readObject(lab: TestLab, kind: string, key: string): Promise<LabObject | undefined> {
  const text = await lab.kubectl(['get', ...named(kind, key), '--ignore-not-found', '-o', 'json']);
  return text.trim() === '' ? undefined : JSON.parse(text);
}

/** All objects of the kinds (kubectl's comma list), of all namespaces. */
export async function listObjects(lab: TestLab, kinds: string): Promise<readonly LabObject[]> {
  return JSON.parse(await lab.kubectl(['get', kinds, '-A', '-o', 'json'])).items;
}

/** The conditions of an object; for a route with a parent entry of the first one. */
export function conditionsOf(object: LabObject | undefined): readonly Condition[] {
  return object?.status?.parents?.[0]?.conditions ?? object?.status?.conditions ?? [];
}

type Wanted = Pick<Condition, 'type' | 'status'> & { readonly reason?: string };

/** Resolves with the condition once it has this status (and reason) for the object's current generation. */
export async function untilCondition(
  lab: TestLab,
  [kind, key]: readonly [kind: string, key: string],
  wanted: Wanted,
): Promise<Condition> {
  return (await untilHas(lab, [kind, key], wanted)).condition;
}

/** Resolves with the object once it is Programmed in its current generation. */
export async function untilProgrammed(lab: TestLab, kind: string, key: string): Promise<LabObject> {
  return (await untilHas(lab, [kind, key], { type: 'Programmed', status: 'True' })).object;
}

async function untilHas(
  lab: TestLab,
  [kind, key]: readonly [kind: string, key: string],
  wanted: Wanted,
): Promise<{ readonly object: LabObject; readonly condition: Condition }> {
  let last: LabObject | undefined;
  const ask = async () => {
    const object = await readObject(lab, kind, key);
    last = object;
    const condition = conditionsOf(object).find(
      ({ type, status, reason, observedGeneration }) =>
        type === wanted.type &&
        status === wanted.status &&
        reason === (wanted.reason ?? reason) &&
        observedGeneration === object?.metadata.generation,
    );
    return object === undefined || condition === undefined ? undefined : { object, condition };
  };
  const goal = `${kind} ${key} has ${wanted.type} ${wanted.status} ${wanted.reason ?? ''}`.trim();
  return until(goal, ask, { explain: () => JSON.stringify(conditionsOf(last), null, 2) });
}

/** The addresses of a Gateway once it is Programmed. */
export async function addressOf(lab: TestLab, gateway: string): Promise<string> {
  const { status } = await untilProgrammed(lab, 'gateway', gateway);
  const [address] = status?.addresses ?? [];
  if (address === undefined) throw new Error(`Gateway ${gateway} is Programmed without an address`);
  return address.value;
}

/** A Pod as far as tests care. */
export interface LabPod {
  readonly key: string;
  readonly node: string;
  readonly address: string;
  readonly nodeAddress: string;
}

/** The Pods of a namespace (of a selector) by node, once `count` of them and no other are Running. */
export async function runningPods(
  lab: TestLab,
  namespace: string,
  {
    count,
    selector = '',
    seconds = 60,
  }: { readonly count: number; readonly selector?: string; readonly seconds?: number },
): Promise<readonly LabPod[]> {
  const look = async () => {
    const list = await lab.kubectl(['get', 'pods', '-n', namespace, '-l', selector, '-o', 'json']);
    const items: readonly LabObject[] = JSON.parse(list).items;
    if (items.length !== count || items.some(({ status }) => status?.phase !== 'Running')) return undefined;
    return items.map(podOf).sort((a, b) => (`${a.node} ${a.key}` < `${b.node} ${b.key}` ? -1 : 1));
  };
  return until(`${count} Pods run in ${namespace}`, look, { seconds });
}

function podOf({ metadata, spec, status }: LabObject): LabPod {
  return {
    key: `${metadata.namespace}/${metadata.name}`,
    node: String(spec?.['nodeName']),
    address: status?.podIP ?? '',
    nodeAddress: status?.hostIP ?? '',
  };
}

/** Events that Sallyport wrote about an object. */
export async function eventsOf(lab: TestLab, kind: string, key: string): Promise<readonly LabEvent[]> {
  return (await ownEvents(lab)).filter(({ regarding }) => {
    const name = regarding.namespace === undefined ? regarding.name : `${regarding.namespace}/${regarding.name}`;
    return regarding.kind === kind && name === key;
  });
}

/** All Events that Sallyport wrote. */
export async function ownEvents(lab: TestLab): Promise<readonly LabEvent[]> {
  const list: { readonly items: readonly LabEvent[] } = JSON.parse(
    await lab.kubectl(['get', 'events.events.k8s.io', '-A', '-o', 'json']),
  );
  return list.items.filter(({ reportingController }) => reportingController === 'sallyport.dev/egress-controller');
}
