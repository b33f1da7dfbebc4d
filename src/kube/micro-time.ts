/** metav1.MicroTime of an epoch time in milliseconds: RFC 3339 with exactly six fraction digits, as Go's decoder demands. */
export function renderMicroTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
