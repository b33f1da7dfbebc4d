import type { Reason } from '../../src/api/reasons.ts';
import { code, type DocFile, generatedNote, textCell, wrapTable } from './markdown.ts';

/** Reasons of one kind of object, in the order of their table. */
export interface ReasonSection {
  readonly title: string;
  readonly reasons: Readonly<Record<string, Reason>>;
}

/** The page of every condition that the controller writes: type, status, reason, when, and its words. */
export function renderReasons(sections: readonly ReasonSection[]): DocFile {
  const head = [
    '# Conditions and reasons\n',
    generatedNote('src/api/reasons*.ts'),
    `Every decision of the controller is one row here. Type, status and reason are what the API shows, the code is the stable name of the
decision in the program. Words in {braces} are filled in. The last column: the type of the Event that is written when a
condition turns to this reason, if any.
`,
  ];
  return { name: 'conditions.md', text: [...head, ...sections.map(renderSection)].join('\n') };
}

function renderSection({ title, reasons }: ReasonSection): string {
  const rows = Object.entries(reasons).map(([name, { type, status, reason, when, message, event }]) => [
    `${code(type)} ${status}`,
    code(reason),
    textCell(when),
    textCell(message),
    code(name),
    event ?? '',
  ]);
  return `## ${title}\n\n${wrapTable(['condition', 'reason', 'when', 'message', 'code', 'Event'], rows)}`;
}
