import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** One line of a table of metrics; names carry their unit (`_seconds`, `_bytes`), counters end in `_total`. */
export interface MetricSpec {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  /** Values must come from closed sets: each new one is a time series for ever. */
  readonly labels?: readonly string[];
  /** Series of a counter that are there from the beginning: growth from nothing to 1 is none to Prometheus. */
  readonly begins?: readonly Readonly<Record<string, string>>[];
  /** Upper bounds, ascending; histograms only. */
  readonly buckets?: readonly number[];
  /** A gauge without labels of which nothing is told until it is set; else it begins at 0. */
  readonly unset?: true;
}

/** A table of metrics, each by the name that the program calls it. */
export type MetricTable = Readonly<Record<string, MetricSpec>>;

type Labels<S extends MetricSpec> = S extends { readonly labels: readonly (infer L extends string)[] }
  ? Readonly<Record<L, string>>
  : Readonly<Record<never, string>>;

interface Instruments<S extends MetricSpec> {
  /** Only upwards: a negative amount throws. */
  counter: { add(labels: Labels<S>, amount?: number): void; remove(labels: Labels<S>): void };
  gauge: { set(labels: Labels<S>, value: number): void; remove(labels: Labels<S>): void };
  histogram: { observe(labels: Labels<S>, value: number): void };
}

/** The instrument of a spec, with its labels required by the type. */
export type Instrument<S extends MetricSpec> = Instruments<S>[S['kind']];

export interface Metrics {
  /** Creates the instruments of a table; throws when a name is taken or not a metric name. Unlabelled ones begin at 0, but for gauges that are `unset`. */
  register<const T extends MetricTable>(table: T): { readonly [K in keyof T]: Instrument<T[K]> };
  /** Has this called before each answer to a scrape, which waits for it; what it rejects with keeps no answer back. */
  onScrape(collect: () => Promise<void>): void;
  /** Everything in the text format 0.0.4 of Prometheus. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** A registry of its own, never prom-client's global one; `process` adds memory, CPU and event loop of this process. */
export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process === true) collectDefaultMetrics({ register: registry });
  const collectors: (() => Promise<void>)[] = [];
  return {
    register<const T extends MetricTable>(table: T) {
      const instruments = Object.entries(table).map(([key, spec]) => [key, createInstrument(registry, spec)]);
      return Object.fromEntries(instruments) as { readonly [K in keyof T]: Instrument<T[K]> };
    },
    onScrape: (collect) => void collectors.push(collect),
    expose: async () => {
      await Promise.allSettled(collectors.map((collect) => collect()));
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function createInstrument(registry: Registry, spec: MetricSpec): Instrument<MetricSpec> {
  const common = { name: spec.name, help: spec.help, labelNames: [...(spec.labels ?? [])], registers: [registry] };
  switch (spec.kind) {
    case 'counter': {
      const counter = new Counter(common);
      for (const labels of spec.begins ?? []) counter.inc({ ...labels }, 0);
      return { add: (labels, amount = 1) => counter.inc(labels, amount), remove: (labels) => counter.remove(labels) };
    }
    case 'gauge': {
      const gauge = new Gauge(common);
      if (spec.unset === true) gauge.remove({});
      return { set: (labels, value) => gauge.set(labels, value), remove: (labels) => gauge.remove(labels) };
    }
    case 'histogram': {
      const histogram = new Histogram(spec.buckets === undefined ? common : { ...common, buckets: [...spec.buckets] });
      return { observe: (labels, value) => histogram.observe(labels, value) };
    }
  }
}
