import type { LabelSelector, LabelSelectorRequirement } from '../api/meta.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether `labels` satisfy `selector` (metav1.LabelSelector); an absent or empty selector matches everything, an unknown operator nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return true;
  const own = labels ?? {};
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labelOf(own, key) === value) &&
    (selector.matchExpressions ?? []).every((requirement) => satisfies(requirement, own))
  );
}

function satisfies({ key, operator, values = [] }: LabelSelectorRequirement, labels: Labels): boolean {
  const value = labelOf(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

// Label keys come from the wire: "constructor" must not find Object.prototype.
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
