import type { Finding } from './read-manifests.ts';
import type { Validation } from './validate.ts';

/** Findings as compilers write them, "file:line: object: what", and a last line that counts. */
export function renderValidation({ findings, objects, foreign }: Validation): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const left = foreign === 0 ? '' : `, ${count(foreign, 'object')} of other kinds not looked at`;
  const summary = `${count(objects, 'object')} judged: ${count(errors, 'error')}, ${count(warnings, 'warning')}${left}`;
  return [...findings.map(renderFinding), summary, ''].join('\n');
}

/** "shop/route.yaml:12: EgressRoute shop/payments: spec.rules[0]: …" */
export function renderFinding({ file, line, object, severity, message }: Finding): string {
  const parts = [
    `${file}:${line}`,
    ...(severity === 'warning' ? ['warning'] : []),
    ...(object === undefined ? [] : [object]),
  ];
  return `${parts.join(': ')}: ${message}`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
