import { digest } from './digest.ts';
import { compareText } from './order.ts';

/** One digest over all rule sets of a Gateway, in any order: what a node reports as applied. */
export function gatewayDigest(ruleSets: readonly { readonly name: string; readonly digest: string }[]): string {
  const lines = ruleSets.map((set) => `${set.name}:${set.digest}`).sort(compareText);
  return digest(lines.join('\n'));
}
