/** Sorted values' quantile (0..1) by the nearest rank; NaN without values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** `median (least … most)` with a unit; `digits` after the point below 100. */
export function spread(values: readonly number[], unit: string, digits = 1): string {
  if (values.length === 0) return 'nothing measured';
  const round = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(digits));
  return `${round(quantile(values, 0.5))} ${unit} (${round(Math.min(...values))} … ${round(Math.max(...values))})`;
}

/** A Markdown table. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
