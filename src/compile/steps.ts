/**
 * Long work in steps of about a millisecond: whoever drives it may do something else at each `yield`. It reads only what it was
 * given at the beginning, so that pauses change nothing.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const itemsPerStep = 16;

/** `map` with a pause every 16 items. */
export function* mapInSteps<A, B>(items: readonly A[], map: (item: A, index: number) => B): Steps<B[]> {
  const results: B[] = [];
  for (const item of items) {
    results.push(map(item, results.length));
    if (results.length % itemsPerStep === 0) yield;
  }
  return results;
}

/** `flatMap` with a pause every 16 items. */
export function* flatMapInSteps<A, B>(items: readonly A[], map: (item: A) => readonly B[]): Steps<B[]> {
  return (yield* mapInSteps(items, map)).flat();
}
