import { basename } from 'node:path';

/** What somebody typed to get here: this program is also a plugin of kubectl. */
export interface CalledAs {
  /** The program's file, which is what a shell completes: "kubectl-egress". */
  readonly file: string;
  /** As one types it: "kubectl egress". */
  readonly words: string;
  /** kubectl asks for completions, by a file of its own. */
  readonly completes: boolean;
}

const plugin = { file: 'kubectl-egress', words: 'kubectl egress' };

/** By the path that was started, a link's own: npm, pnpm and people link it under other names. */
export function calledAs(path: string | undefined): CalledAs {
  const name = basename(path ?? '').replace(/\.m?js$/, '');
  if (name === 'kubectl_complete-egress') return { ...plugin, completes: true };
  if (name === plugin.file) return { ...plugin, completes: false };
  return { file: 'sallyport', words: 'sallyport', completes: false };
}
