import type { LabelSelector, LabelSelectorRequirement } from '../api/meta.ts';
import { type Fields, needed } from './fields.ts';

/** Key of the label that every namespace has, with its name (Kubernetes 1.22 and later). */
export const namespaceNameLabel = 'kubernetes.io/metadata.name';

type Operator = LabelSelectorRequirement['operator'];
const operators: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'] satisfies Operator[];
const labelKey =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/** Limits of a selector in config/crd. */
const mostParts = 16;
const mostValues = 64;

/** A metav1.LabelSelector of a source as one list of requirements, which are ANDed; throws FieldError for what no API server takes. */
export function parseRequirements(fields: Fields): readonly LabelSelectorRequirement[] {
  const labels = Object.entries(fields.labels('matchLabels') ?? {}).map(([key, value]): LabelSelectorRequirement => {
    return { key, operator: 'In', values: [value] };
  });
  return [...labels, ...(fields.list('matchExpressions') ?? []).map(parseRequirement)];
}

function parseRequirement(fields: Fields): LabelSelectorRequirement {
  const key = needed(fields, 'key', fields.text('key'));
  const operator = needed(fields, 'operator', fields.text('operator'));
  const values = fields.texts('values');
  if (!isOperator(operator)) return fields.refuse('operator', `is ${operator}, none of ${operators.join(', ')}`);
  const takesValues = operator === 'In' || operator === 'NotIn';
  if (takesValues && values.length === 0) return fields.refuse('values', `must not be empty with operator ${operator}`);
  if (!takesValues && values.length > 0) return fields.refuse('values', `must be empty with operator ${operator}`);
  return takesValues ? { key, operator, values } : { key, operator };
}

const isOperator = (text: string): text is Operator => operators.includes(text);

/** A selector of a source; undefined when absent. Throws FieldError, also when our API cannot hold it. */
export function parseSelector(fields: Fields, key: string): LabelSelector | undefined {
  const inner = fields.map(key);
  if (inner === undefined) return undefined;
  const selector = buildSelector(parseRequirements(inner));
  return 'problem' in selector ? fields.refuse(key, selector.problem) : selector;
}

/** Requirements as a selector within our limits: one value as a matchLabel where it can be; or why there is none. */
export function buildSelector(
  requirements: readonly LabelSelectorRequirement[],
): LabelSelector | { readonly problem: string } {
  const matchLabels: Record<string, string> = {};
  const matchExpressions: LabelSelectorRequirement[] = [];
  for (const requirement of requirements) {
    const { key, operator, values = [] } = requirement;
    const problem = checkLabel(key, values);
    if (problem !== undefined) return { problem };
    const [only, ...more] = values;
    const fits = !Object.hasOwn(matchLabels, key) && Object.keys(matchLabels).length < mostParts;
    if (operator === 'In' && only !== undefined && more.length === 0 && fits) matchLabels[key] = only;
    else if (operator === 'NotIn')
      matchExpressions.push(...chunk(values, mostValues).map((part) => ({ ...requirement, values: part })));
    else if (values.length > mostValues)
      return { problem: `has ${values.length} values for ${key}; Sallyport takes ${mostValues}` };
    else matchExpressions.push(requirement);
  }
  if (matchExpressions.length > mostParts)
    return { problem: `has more than ${mostParts} requirements beside its matchLabels; Sallyport takes no more` };
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
}

function checkLabel(key: string, values: readonly string[]): string | undefined {
  if (!labelKey.test(key) || key.length > 317) return `has ${JSON.stringify(key)}, which is no label key`;
  const bad = values.find((value) => !labelValue.test(value) || value.length > 63);
  return bad === undefined ? undefined : `has ${JSON.stringify(bad)} for ${key}, which is no label value`;
}

/** What a selector asks of one label. */
export function requirementsOf({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): readonly LabelSelectorRequirement[] {
  const labels = Object.entries(matchLabels).map(([key, value]): LabelSelectorRequirement => {
    return { key, operator: 'In', values: [value] };
  });
  return [...labels, ...matchExpressions];
}

/** Whether a selector selects everything. */
export function isEmpty(selector: LabelSelector): boolean {
  return requirementsOf(selector).length === 0;
}

/** Whether no labels satisfy both, as far as one requirement of each can tell; false when in doubt. */
export function areDisjoint(a: LabelSelector | undefined, b: LabelSelector | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const others = requirementsOf(b);
  return requirementsOf(a).some((one) => others.some((other) => one.key === other.key && contradict(one, other)));
}

function contradict(a: LabelSelectorRequirement, b: LabelSelectorRequirement): boolean {
  if (a.operator === 'DoesNotExist') return b.operator === 'In' || b.operator === 'Exists';
  if (b.operator === 'DoesNotExist') return a.operator === 'In' || a.operator === 'Exists';
  if (a.operator !== 'In') return b.operator === 'In' && contradict(b, a);
  const left = (values: readonly string[] = []) => (a.values ?? []).filter((value) => !values.includes(value));
  if (b.operator === 'In') return left(b.values).length === (a.values ?? []).length;
  return b.operator === 'NotIn' && left(b.values).length === 0;
}

/** One selector for what any of them selects: there is one only where they ask for values of one and the same label, or are equal. */
export function unionOf(selectors: readonly LabelSelector[]): LabelSelector | undefined {
  if (selectors.some(isEmpty)) return {};
  const lists = selectors.map(requirementsOf);
  const [first] = lists[0] ?? [];
  const isOneValue = lists.every(
    (list) => list.length === 1 && list[0]?.operator === 'In' && list[0].key === first?.key,
  );
  if (isOneValue && first !== undefined) {
    const values = [...new Set(lists.flatMap((list) => list[0]?.values ?? []))].sort();
    const union = buildSelector([{ ...first, values }]);
    return 'problem' in union ? undefined : union;
  }
  const [whole, ...more] = selectors.map((selector) => JSON.stringify(requirementsOf(selector)));
  return more.every((text) => text === whole) ? selectors[0] : undefined;
}

/** A list in pieces of at most `size`; none of nothing. */
export function chunk<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
