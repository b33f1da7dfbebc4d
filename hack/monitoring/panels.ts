/** A query and the name of its lines. */
export interface Query {
  readonly expr: string;
  readonly legend?: string;
  /** One value per series, of now: for tables. */
  readonly instant?: true;
}

export interface Panel {
  readonly kind: 'stat' | 'timeseries' | 'table';
  readonly title: string;
  /** What is seen, and what is bad. */
  readonly description: string;
  readonly unit?: 'short' | 's' | 'pps' | 'Bps' | 'percentunit' | 'reqps';
  /** Of 24. */
  readonly width: number;
  readonly queries: readonly Query[];
  /** From here on red; stat only. */
  readonly redFrom?: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const datasource = { type: 'prometheus', uid: '$datasource' } as const;
const heights = { stat: 4, timeseries: 8, table: 8 } as const;

/** Rows of panels as Grafana (10 and later) wants them: numbered, and placed from left to right. */
export function placePanels(rows: readonly Row[]): readonly object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y },
      panels: [],
    });
    y += 1;
    let x = 0;
    let tallest = 0;
    for (const panel of panels) {
      if (x + panel.width > 24) {
        y += tallest;
        [x, tallest] = [0, 0];
      }
      const h = heights[panel.kind];
      placed.push({ id: placed.length + 1, ...render(panel), gridPos: { h, w: panel.width, x, y } });
      x += panel.width;
      tallest = Math.max(tallest, h);
    }
    y += tallest;
  }
  return placed;
}

function render({ kind, title, description, unit = 'short', queries, redFrom }: Panel): object {
  const steps = [{ color: 'green', value: null }, ...(redFrom === undefined ? [] : [{ color: 'red', value: redFrom }])];
  return {
    type: kind,
    title,
    description,
    datasource,
    fieldConfig: { defaults: { unit, thresholds: { mode: 'absolute', steps } }, overrides: [] },
    ...(kind === 'stat' ? { options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value' } } : {}),
    ...(kind === 'table' ? { transformations: [{ id: 'merge', options: {} }] } : {}),
    targets: queries.map(({ expr, legend, instant }, at) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + at),
      datasource,
      expr,
      ...(legend === undefined ? {} : { legendFormat: legend }),
      ...(instant === true ? { instant: true, range: false, format: 'table' } : {}),
    })),
  };
}

/** A variable of the dashboard that lists the values of a label. */
export function labelVariable(name: string, label: string, of: string): object {
  return {
    name,
    label,
    type: 'query',
    datasource,
    query: { query: `label_values(${of}, ${label})`, refId: name },
    refresh: 2,
    sort: 1,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { selected: true, text: ['All'], value: ['$__all'] },
  };
}

/** The variable by which everybody chooses his own Prometheus. */
export const datasourceVariable = {
  name: 'datasource',
  label: 'Prometheus',
  type: 'datasource',
  query: 'prometheus',
  refresh: 1,
  current: {},
} as const;
