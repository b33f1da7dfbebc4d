/** A Problem before its position is looked up; without severity it is an error. */
export interface Found {
  readonly severity?: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
}

/** Every key that stood earlier in the list too; undefined keys are passed over. */
export function findRepeated(
  keys: readonly (string | undefined)[],
): readonly { readonly index: number; readonly key: string; readonly first: number }[] {
  const seen = new Map<string, number>();
  return keys.flatMap((key, index) => {
    if (key === undefined) return [];
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    return first === undefined ? [] : [{ index, key, first }];
  });
}
