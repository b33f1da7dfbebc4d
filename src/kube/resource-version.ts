/** Whether resourceVersion `a` is before `b`: they are decimal numbers that may be compared (KEP-5504); anything else is never older. */
export function isOlderVersion(a: string, b: string): boolean {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}
