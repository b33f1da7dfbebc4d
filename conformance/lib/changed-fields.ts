/** Every leaf of a value by its path below `path`, as JSON. */
export function fieldsOf(path: string, value: unknown): readonly (readonly [path: string, value: string])[] {
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, child]) => fieldsOf(path === '' ? key : `${path}.${key}`, child));
}

/** Fields that differ, one line each, `none` for one that is not there. */
export function changedFields(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => before.get(field) !== after.get(field))
    .map((field) => `${field}: ${before.get(field) ?? 'none'} -> ${after.get(field) ?? 'none'}`);
}
