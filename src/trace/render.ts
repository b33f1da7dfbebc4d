import type { TraceReport } from './compare.ts';

/** A report as lines for a person: a sentence per hop, then the verdict. The rules that it met are in the report. */
export function renderTrace({ packet, hops, asPredicted, differences }: TraceReport): string {
  return [
    `traced: ${packet}`,
    ...hops.map(({ node, told }) => `  ${node}: ${told}`),
    asPredicted ? 'as predicted' : 'not as predicted:',
    ...differences.map((difference) => `  ${difference}`),
    '',
  ].join('\n');
}
