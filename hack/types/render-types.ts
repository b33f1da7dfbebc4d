import type { CrdSchema, Schema } from './crd-schema.ts';

/** One generated file: its name and its text. */
export interface TypeFile {
  readonly name: string;
  readonly text: string;
}

const width = 120;

/** Shapes of k8s.io/apimachinery that src/api/meta.ts already has, told by the names of their properties. */
const sharedShapes: Readonly<Record<string, string>> = {
  'matchExpressions,matchLabels': 'LabelSelector',
  'lastTransitionTime,message,observedGeneration,reason,status,type': 'Condition',
};

/** The TypeScript of one kind: an interface for each of spec and status that the schema has, all of it readonly. */
export function renderTypes(crd: CrdSchema): TypeFile {
  const interfaces = Object.entries(crd.schema.properties ?? {})
    .filter(([name]) => name === 'spec' || name === 'status')
    .map(
      ([name, schema]) =>
        `${renderDoc(schema, '')}export interface ${crd.kind}${capitalise(name)} ${renderObject(schema, '')}\n`,
    );
  const body = interfaces.join('\n');
  const imports = Object.values(sharedShapes)
    .filter((name) => new RegExp(`\\b${name}\\b(?=[;\\[])`).test(body))
    .sort();
  const header = `// Made from config/crd/${crd.file} by hack/update-types.sh; a test fails when the two differ.\n`;
  const importLine = imports.length === 0 ? '' : `import type { ${imports.join(', ')} } from '../meta.ts';\n`;
  return { name: `${kebabCase(crd.kind)}.ts`, text: `${header}${importLine}\n${body}` };
}

function renderType(schema: Schema, indent: string): string {
  switch (schema.type) {
    case 'array':
      return `readonly ${parenthesise(renderType(requireItems(schema), indent))}[]`;
    case 'object':
      if (schema.additionalProperties !== undefined)
        return `Readonly<Record<string, ${renderType(schema.additionalProperties, indent)}>>`;
      return (
        sharedShapes[
          Object.keys(schema.properties ?? {})
            .sort()
            .join()
        ] ?? renderObject(schema, indent)
      );
    case 'string':
      return schema.enum?.map((value) => `'${value}'`).join(' | ') ?? 'string';
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case undefined:
      throw new Error(`a schema without type: ${JSON.stringify(schema).slice(0, 200)}`);
  }
}

function renderObject(schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  const required = new Set(schema.required);
  const lines = Object.entries(schema.properties ?? {}).map(
    ([name, property]) =>
      `${renderDoc(property, inner)}${inner}readonly ${name}${required.has(name) ? '' : '?'}: ${renderType(property, inner)};\n`,
  );
  return `{\n${lines.join('')}${indent}}`;
}

function renderDoc(schema: Schema, indent: string): string {
  if (schema.description === undefined) return '';
  const text = schema.description.replaceAll('*/', '* /').trim();
  const short = `${indent}/** ${text} */`;
  if (short.length <= width) return `${short}\n`;
  return `${indent}/**\n${wrap(text, width - indent.length - 3)
    .map((line) => `${indent} * ${line}\n`)
    .join('')}${indent} */\n`;
}

/** Breaks `text` at spaces into lines of at most `limit` characters, where words allow. */
function wrap(text: string, limit: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > limit) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function requireItems(schema: Schema): Schema {
  if (schema.items === undefined)
    throw new Error(`an array without items: ${schema.description ?? '(no description)'}`);
  return schema.items;
}

const parenthesise = (type: string) => (/^'.*\|/.test(type) || type.startsWith('readonly ') ? `(${type})` : type);
const capitalise = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const kebabCase = (name: string) => name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
