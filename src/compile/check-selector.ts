import type { LabelSelector } from '../api/meta.ts';

const operators: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** What is wrong with a label selector (rules of metav1.LabelSelectorRequirement), or undefined. */
export function checkSelector(selector: LabelSelector | undefined): string | undefined {
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    if (!operators.includes(operator)) return `operator ${operator} of ${key} is unknown`;
    const takesValues = operator === 'In' || operator === 'NotIn';
    if (takesValues && (values ?? []).length === 0) return `operator ${operator} of ${key} needs values`;
    if (!takesValues && (values ?? []).length > 0) return `operator ${operator} of ${key} takes no values`;
  }
  return undefined;
}
