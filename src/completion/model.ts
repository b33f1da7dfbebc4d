/** A command line as a shell needs to know it. */
export interface CommandTree {
  /** "sallyport" */
  readonly name: string;
  /** Options of the program itself: they may come before the command. */
  readonly options: OptionWords;
  readonly commands: readonly CommandWords[];
}

export interface CommandWords {
  readonly name: string;
  /** One line. */
  readonly description: string;
  readonly options: OptionWords;
}

export type OptionWords = readonly Flag[];

export interface Flag {
  /** "--output", "-o": one or both. */
  readonly names: readonly string[];
  readonly description: string;
  readonly value: FlagValue;
}

/** What comes behind a flag: nothing, one of some words, the name of a file, or what nobody can guess. */
export type FlagValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'choice'; readonly words: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'text' };

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];
