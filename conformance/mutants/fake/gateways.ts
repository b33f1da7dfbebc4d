import { type ClassDecision, isServed } from './classes.ts';
import { decideListeners, type ListenerDecision, someAccepted } from './listeners.ts';
import { isTrue, type Verdict, verdict } from './verdict.ts';
import { firstOf, type GatewayObject, keyOf, read, type View } from './view.ts';

/** A Gateway whose class is this controller's. */
export interface GatewayDecision {
  readonly object: GatewayObject;
  readonly key: string;
  readonly class: ClassDecision;
  readonly accepted: Verdict;
  readonly listeners: readonly ListenerDecision[];
}

/** The Gateways of these classes, with their listeners judged (api.md §3). */
export function decideGateways(view: View, classes: readonly ClassDecision[]): readonly GatewayDecision[] {
  return read<GatewayObject>(view, 'Gateway').flatMap((object) => {
    const found = classes.find(({ object: { metadata } }) => metadata.name === object.spec.gatewayClassName);
    const first = firstOf(view, `class of ${object.metadata.uid}`, found?.object.metadata.name);
    if (found === undefined || (first === undefined && view.wrong('later-class-not-noticed'))) return [];
    const { uid, generation } = object.metadata;
    const known = firstOf(view, `uid of ${keyOf(object)} ${generation}`, uid);
    if (known !== uid && view.wrong('recreated-gateway-not-noticed')) return [];
    const listeners = decideListeners(view, object.spec.listeners);
    const judged = accept(view, { object, listeners, class: found });
    const before = firstOf(view, `accepted ${uid}`, judged);
    const accepted = isTrue(before) !== isTrue(judged) && view.wrong('gateway-judged-once') ? before : judged;
    return [{ object, key: keyOf(object), class: found, listeners, accepted }];
  });
}

type Undecided = Pick<GatewayDecision, 'object' | 'listeners' | 'class'>;

function accept(view: View, undecided: Undecided): Verdict {
  const { object, listeners } = undecided;
  const { wrong } = view;
  const leaving = undecided.class.object.metadata.deletionTimestamp !== undefined;
  if (!isServed(undecided.class) || (leaving && wrong('deleted-class-not-served')))
    return verdict('Accepted', 'False', 'Pending', 'its GatewayClass is not accepted');
  const parameters = refuseParameters(view, object);
  if (parameters !== undefined) return verdict('Accepted', 'False', 'InvalidParameters', parameters);
  const unknown = unknownType(view, object);
  if (unknown !== undefined && !wrong('address-type-ignored')) {
    const reason = wrong('address-type-reason') ? 'AddressNotUsable' : 'UnsupportedAddress';
    return verdict('Accepted', 'False', reason, `spec.addresses: type ${unknown} is not supported`);
  }
  const empty = (object.spec.addresses ?? []).some(({ value = '' }) => value === '');
  if (empty && wrong('empty-address-refused')) {
    return verdict('Accepted', 'False', 'UnsupportedAddress', 'spec.addresses: a value is missing');
  }
  return summarise(view, listeners);
}

function unknownType({ wrong }: View, { spec }: GatewayObject): string | undefined {
  const types = (spec.addresses ?? []).map(({ type = 'IPAddress' }) => type);
  const isPool = (type: string): boolean => type === 'sallyport.dev/Pool' && !wrong('pool-type-unknown');
  return types.find((type) => type !== 'IPAddress' && !isPool(type));
}

function summarise({ wrong }: View, listeners: readonly ListenerDecision[]): Verdict {
  const bad = listeners.filter(({ accepted }) => !isTrue(accepted)).map(({ listener }) => listener.name);
  if (bad.length === 0) return verdict('Accepted', 'True', 'Accepted', 'the Gateway is valid');
  const problem = `listeners not accepted: ${bad.join(', ')}`;
  if (wrong('bad-listeners-not-reported')) return verdict('Accepted', 'True', 'Accepted', 'the Gateway is valid');
  const some = someAccepted(listeners) && !wrong('one-bad-listener-refuses-the-gateway');
  return verdict('Accepted', some ? 'True' : 'False', 'ListenersNotValid', problem);
}

function refuseParameters(view: View, { spec, metadata }: GatewayObject): string | undefined {
  const ref = spec.infrastructure?.parametersRef;
  if (ref === undefined || view.wrong('gateway-parameters-ignored')) return undefined;
  const at = 'spec.infrastructure.parametersRef';
  if (ref.group !== 'sallyport.dev' || ref.kind !== 'EgressGatewayParameters') return `${at}: ${ref.kind} is not known`;
  if (view.wrong('gateway-parameters-need-not-exist')) return undefined;
  const found = view.store.get('EgressGatewayParameters', metadata.namespace, ref.name);
  return found === undefined ? `${at}: EgressGatewayParameters ${ref.name} does not exist` : undefined;
}
