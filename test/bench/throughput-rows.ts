import { describeRate, type LoadName, loads, type ThroughputLine } from '../../hack/lib/iperf.ts';
import { quantile, spread } from './figures.ts';
import type { Row } from './section.ts';

/** A place against another one, in the same round. */
export interface Comparison<Place extends string> {
  readonly what: string;
  readonly subject: Place;
  readonly baseline: Place;
  readonly against: string;
  /** The least ratio that is good enough. */
  readonly least?: Readonly<Record<LoadName, number>>;
}

/** The same goal for all loads. */
export const atLeast = (ratio: number): Readonly<Record<LoadName, number>> => ({
  'TCP, 1 flow': ratio,
  'TCP, 8 flows': ratio,
  '64-byte UDP': ratio,
});

/** Pure: a row for each load of each comparison. */
export function throughputRows<Place extends string>(
  comparisons: readonly Comparison<Place>[],
  lines: readonly ThroughputLine<Place>[],
): readonly Row[] {
  return comparisons.flatMap((comparison) =>
    (Object.keys(loads) as LoadName[]).map((load) =>
      rowOf(
        comparison,
        load,
        lines.filter((line) => line.load === load),
      ),
    ),
  );
}

function rowOf<Place extends string>(
  { what, subject, baseline, against, least }: Comparison<Place>,
  load: LoadName,
  lines: readonly ThroughputLine<Place>[],
): Row {
  const rates = (place: Place) => lines.filter((line) => line.place === place);
  const ratios = rates(subject).flatMap(({ round, rate }) => {
    const other = rates(baseline).find((line) => line.round === round);
    return other === undefined ? [] : [rate / other.rate];
  });
  const middle = (place: Place) =>
    describeRate(
      load,
      quantile(
        rates(place).map(({ rate }) => rate),
        0.5,
      ),
    );
  const goal = least?.[load];
  return {
    measure: `${what}: ${load}`,
    figure: `${spread(ratios, '', 2).replace('  ', ' ')}: ${middle(subject)}`,
    baseline: `${against}: ${middle(baseline)}`,
    ...(goal === undefined ? {} : { goal: `≥ ${goal}` }),
    met: goal === undefined || ratios.length === 0 ? undefined : quantile(ratios, 0.5) >= goal,
  };
}
