/** The implementation did something else than the test expects: what, what instead, and where to look. */
export class ConformanceFailure extends Error {
  override readonly name = 'ConformanceFailure';
  readonly expected: string;
  readonly seen: string;
  /** Object and field, or Pod and destination. */
  readonly where: string;

  constructor({ expected, seen, where }: { readonly expected: string; readonly seen: string; readonly where: string }) {
    super(`expected: ${expected}\nseen:     ${seen}\nwhere:    ${where}`);
    this.expected = expected;
    this.seen = seen;
    this.where = where;
  }
}

/** The test itself cannot go on here, through no fault of the implementation: it counts as skipped, with this reason. */
export class Skip extends Error {
  override readonly name = 'Skip';
}

/** Throws a ConformanceFailure unless `condition` holds. */
export function check(
  condition: boolean,
  failure: { readonly expected: string; readonly seen: string; readonly where: string },
): asserts condition {
  if (!condition) throw new ConformanceFailure(failure);
}
