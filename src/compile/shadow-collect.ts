import type { CompiledRoute } from './compile-rules.ts';
import { type Contender, contendersOf } from './contender.ts';
import { memoByItems } from './memo.ts';
import { indexRivals, type RivalIndex } from './rival-index.ts';
import type { Outcome } from './shadow.ts';
import type { Loss, Shadow } from './shadow-words.ts';

/** The index of all destinations of these routes. */
export const indexOf = memoByItems((routes: readonly CompiledRoute[]): RivalIndex => {
  return indexRivals(routes.flatMap(({ rules }) => rules.flatMap(contendersOf)));
});

/** More of what a route loses is neither kept nor told. */
export const mostLosses = 32;

/** What becomes of a route, from what `judge` says of its destinations; undefined when it loses nothing. */
export function collectShadow(
  { rules }: CompiledRoute,
  judge: (contender: Contender) => readonly Outcome[],
): Shadow | undefined {
  const losses: Loss[] = [];
  let isWhole = true;
  for (const contender of rules.flatMap(contendersOf)) {
    for (const outcome of judge(contender)) {
      losses.push(...outcome.losses);
      isWhole &&= outcome.isWhole;
    }
    // What is left is known to be something: nothing more is to be found out.
    if (losses.length >= mostLosses && !isWhole) break;
  }
  return losses.length === 0 ? undefined : { losses: losses.slice(0, mostLosses), isWhole };
}
