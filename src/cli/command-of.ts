/** Options of the program itself that take a value in the next word. */
const withValue = new Set(['--log-level']);

/** Pure: which of the commands these words of a command line name; undefined where the first that is no option names none. */
export function commandOf(words: readonly string[], names: readonly string[]): string | undefined {
  const first = words.find((word, at) => !word.startsWith('-') && !withValue.has(words[at - 1] ?? ''));
  return first !== undefined && names.includes(first) ? first : undefined;
}
