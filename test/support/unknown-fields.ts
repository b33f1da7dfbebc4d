/** Maps whose keys are data, and what a version to come cannot add to. */
const closed: ReadonlySet<string> = new Set(['metadata', 'labels', 'annotations', 'matchLabels']);

/** A copy in which every object inside has a field that nobody knows: what a version to come might write. */
export function withUnknownFields<T>(value: T): T {
  return spread(value) as T;
}

function spread(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spread);
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  const known = Object.entries(value).map(([key, inner]) => [key, closed.has(key) ? inner : spread(inner)]);
  return { ...Object.fromEntries(known), toCome: { value: 1 } };
}
