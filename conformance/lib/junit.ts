import type { Result } from './run-test.ts';
import { isExtendedTest, type Selected } from './select-tests.ts';

/** JUnit XML of a run, core and extended tests as two suites; a test without result was skipped. */
export function renderJunit(selected: readonly Selected[], results: readonly Result[]): string {
  const byName = new Map(results.map((result) => [result.test.name, result]));
  const counted = selected.filter(({ kind }) => kind !== 'unsupported');
  const suites = (['core', 'extended'] as const).map((level) => {
    const members = counted.filter(({ test }) => isExtendedTest(test) === (level === 'extended'));
    return renderSuite(level, members, byName);
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="EgressRoute conformance">\n${suites.join('')}</testsuites>\n`;
}

function renderSuite(level: string, members: readonly Selected[], results: ReadonlyMap<string, Result>): string {
  const outcomes = members.map(({ test }) => results.get(test.name)?.outcome);
  const count = (kind: string) => outcomes.filter((outcome) => (outcome?.kind ?? 'skipped') === kind).length;
  const seconds = outcomes.reduce((sum, outcome) => sum + (outcome?.milliseconds ?? 0), 0) / 1000;
  const attributes = `name="${level}" tests="${members.length}" failures="${count('failed')}" skipped="${count('skipped')}" time="${seconds.toFixed(3)}"`;
  return `  <testsuite ${attributes}>\n${members.map((member) => renderCase(level, member, results)).join('')}  </testsuite>\n`;
}

function renderCase(level: string, member: Selected, results: ReadonlyMap<string, Result>): string {
  const outcome = results.get(member.test.name)?.outcome;
  const seconds = ((outcome?.milliseconds ?? 0) / 1000).toFixed(3);
  const head = `    <testcase classname="egressroute.${level}" name="${escapeXml(member.test.name)}" time="${seconds}"`;
  if (outcome?.kind === 'passed') return `${head}/>\n`;
  if (outcome?.kind === 'failed') {
    const first = outcome.message.split('\n', 1)[0] ?? '';
    return `${head}>\n      <failure message="${escapeXml(first)}">${escapeXml(outcome.message)}</failure>\n    </testcase>\n`;
  }
  const reason = outcome?.reason ?? (member.kind === 'skipped' ? member.reason : 'interrupted');
  return `${head}>\n      <skipped message="${escapeXml(reason)}"/>\n    </testcase>\n`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// What XML 1.0 cannot hold at all (control characters) becomes U+FFFD.
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}
