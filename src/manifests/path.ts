/** Keys and places in lists from the top of an object to one of its fields. */
export type Path = readonly (string | number)[];

/** A path as people write it: `spec.rules[0].labels["a.b/c"]`; keys that are no plain words in brackets. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^\w[-\w]*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/** What `formatPath` writes, as a path again; nothing makes it throw. */
export function parsePath(text: string): Path {
  return [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) => {
    if (quoted !== undefined) return unquote(quoted);
    return index === undefined ? (name ?? '') : Number(index);
  });
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(`"${quoted}"`) as string;
  } catch {
    return quoted;
  }
}
