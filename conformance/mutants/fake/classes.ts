import { isTrue, type Verdict, verdict } from './verdict.ts';
import { byAge, type ClassObject, type EgressClassObject, read, type View } from './view.ts';

/** A GatewayClass of this controller. */
export interface ClassDecision {
  readonly object: ClassObject;
  readonly accepted: Verdict;
  readonly parameters?: EgressClassObject;
}

/** The GatewayClasses that carry this controller's name (api.md §2). */
export function decideClasses(view: View): readonly ClassDecision[] {
  const all = read<ClassObject>(view, 'GatewayClass');
  return all
    .filter(({ spec }) => spec.controllerName === view.controllerName || view.wrong('foreign-class-touched'))
    .sort(byAge)
    .filter((_, index) => index === 0 || !view.wrong('only-first-class-served'))
    .map((object) => decideClass(view, object));
}

function decideClass(view: View, object: ClassObject): ClassDecision {
  const ref = object.spec.parametersRef;
  if (ref === undefined) return { object, accepted: refused(view, 'spec.parametersRef is missing') };
  if (ref.group !== 'sallyport.dev' || ref.kind !== 'EgressClass') {
    const problem = `spec.parametersRef: ${ref.kind} of group ${ref.group} is no EgressClass of group sallyport.dev`;
    return { object, ...lenient(view, 'parameters-of-any-kind', problem) };
  }
  const parameters = read<EgressClassObject>(view, 'EgressClass').find(({ metadata }) => metadata.name === ref.name);
  if (parameters === undefined) {
    return { object, ...lenient(view, 'parameters-need-not-exist', `spec.parametersRef: no EgressClass ${ref.name}`) };
  }
  const problem = malformed(parameters);
  if (problem !== undefined) return { object, parameters, accepted: refused(view, problem) };
  return { object, parameters, accepted: accepted() };
}

type Leniency = 'parameters-of-any-kind' | 'parameters-need-not-exist';

function lenient(view: View, mistake: Leniency, problem: string): { readonly accepted: Verdict } {
  return { accepted: view.wrong(mistake) ? accepted() : refused(view, problem) };
}

function refused({ wrong }: View, problem: string): Verdict {
  const reason = wrong('class-reason-invalid') ? 'Invalid' : 'InvalidParameters';
  return verdict('Accepted', 'False', reason, problem);
}

function accepted(): Verdict {
  return verdict('Accepted', 'True', 'Accepted', 'the class is in use');
}

// What a schema cannot say: names of networks are unique, and what is not built is refused.
function malformed({ metadata, spec }: EgressClassObject): string | undefined {
  const networks = spec.networks ?? [];
  const twice = networks.find(({ name }, index) => networks.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) return `EgressClass ${metadata.name}: spec.networks: ${twice.name} is there twice`;
  const unbuilt = networks.findIndex(({ vlan, announce, routes }) => {
    return vlan !== undefined || announce === 'BGP' || routes === 'Table';
  });
  return unbuilt < 0 ? undefined : `EgressClass ${metadata.name}: spec.networks[${unbuilt}]: not built yet`;
}

/** Whether Gateways of the class are served. */
export function isServed({ accepted }: ClassDecision): boolean {
  return isTrue(accepted);
}
