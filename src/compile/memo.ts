/**
 * `compute` remembered per object identity: objects of a snapshot are never changed in place, so a parse holds as long as
 * the object lives. The result must depend on nothing else.
 */
export function memoByObject<Key extends object, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = compute(key);
    known.set(key, { value });
    return value;
  };
}
