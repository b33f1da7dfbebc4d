import { Document } from 'yaml';
import type { Effect, Note, NotedManifest, Origin, Translation } from './model.ts';
import { describeOrigin } from './read-each.ts';

/** Notes on what became nothing, then the manifests, each below what it was made of and the notes on it: YAML for kubectl apply. */
export function renderYaml({ manifests, notes }: Translation): string {
  const top = notes
    .map((note) => `# ${name(note.origin)} (${place(note.origin)})\n#   ${describeNote(note)}\n`)
    .join('');
  const documents = manifests.map(renderDocument);
  return [...(top === '' ? [] : [top]), ...documents].join('---\n');
}

/** The same as one v1 List for kubectl apply, with the notes in a field of their own. */
export function renderJson({ manifests, notes }: Translation): string {
  const items = manifests.map(({ manifest }) => manifest);
  const all = [
    ...notes.map((note) => noteData(note)),
    ...manifests.flatMap(({ manifest, notes: own }) => {
      const { kind, metadata } = manifest;
      const object = { kind, ...metadata };
      return own.map((note) => ({ ...noteData(note), object }));
    }),
  ];
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items, notes: all }, undefined, 2)}\n`;
}

/** Every note on a line of its own, and what was made: for stderr. */
export function summarise({ manifests, notes }: Translation): string {
  const all = [...notes, ...manifests.flatMap(({ notes: own }) => own)];
  const lines = new Set(all.map((note) => `${place(note.origin)}: ${name(note.origin)}: ${describeNote(note)}\n`));
  const effects = (['lost', 'differs', 'check', 'ignored'] as const).flatMap((effect) => countOf(effect, lines));
  const kinds = [...Map.groupBy(manifests, ({ manifest }) => manifest.kind)].map(([kind, list]) =>
    count(list.length, kind),
  );
  const made = kinds.length === 0 ? 'made nothing' : `made ${kinds.join(', ')}`;
  const noted = effects.length === 0 ? 'nothing to note' : `notes: ${effects.join(', ')}`;
  return `${[...lines].join('')}${made}; ${noted}\n`;
}

function countOf(effect: Effect, lines: ReadonlySet<string>): readonly string[] {
  const number = [...lines].filter((line) => line.includes(`: ${effect}: `)).length;
  return number === 0 ? [] : [`${number} ${effect}`];
}

function count(number: number, kind: string): string {
  return `${number} ${number === 1 ? kind : `${kind}${kind.endsWith('s') ? 'es' : 's'}`}`;
}

const place = ({ file, line }: Origin): string => oneLine(`${file}:${line}`);
const name = (origin: Origin): string => oneLine(describeOrigin(origin));
const describeNote = ({ effect, message }: Note): string => oneLine(`${effect}: ${message}`);

// Names are as the source has them: none shall end a comment, or speak to a terminal.
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');

function noteData({ effect, origin, message }: Note) {
  const { file, line, ...source } = origin;
  return { effect, message, source, file, line };
}

function renderDocument({ manifest, origins, notes }: NotedManifest): string {
  const from = new Set(origins.map((origin) => ` From ${name(origin)} (${place(origin)})`));
  // kubectl reads YAML 1.1, where a bare yes is no string.
  const document = new Document(manifest, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  if (document.contents !== null)
    document.contents.commentBefore = [...from, ...notes.map((note) => `   ${describeNote(note)}`)].join('\n');
  return document.toString({ lineWidth: 0 });
}
