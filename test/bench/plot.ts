/** A curve: its points in the order of the x axis, both coordinates above 0. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Dashed: what is compared with. */
  readonly isBaseline?: boolean;
}

/** A diagram with logarithmic axes. */
export interface Panel {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly Series[];
}

const width = 480;
const height = 340;
const box = { left: 72, right: 30, top: 34, bottom: 48 };
/** Okabe and Ito's colours: told apart by colour-blind readers, too. */
const colours = ['#0072b2', '#009e73', '#cc79a7', '#e69f00', '#d55e00'];

const style = `<style>
    text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 14px }
    .ground { fill: #ffffff }
    .grid { stroke: #d0d7de }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .ground { fill: #0d1117 }
      .grid { stroke: #30363d }
    }
  </style>`;

/** The panels side by side as an SVG document of its own; `title` says in words what it shows. */
export function plotSvg(title: string, panels: readonly Panel[]): string {
  const legendRows = Math.max(...panels.map(({ series }) => series.length));
  const whole = height + 18 * legendRows;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width * panels.length} ${whole}" role="img" aria-labelledby="title">`,
    `  <title id="title">${escapeXml(title)}</title>`,
    `  ${style}`,
    `<rect class="ground" width="100%" height="100%"/>`,
    ...panels.map((panel, n) => `<g transform="translate(${n * width} 0)">\n${panelSvg(panel)}\n</g>`),
    '</svg>\n',
  ].join('\n');
}

function panelSvg({ title, xTitle, yTitle, series }: Panel): string {
  const all = series.flatMap(({ points }) => points);
  const [xs, ys] = [decades(all.map(([x]) => x)), decades(all.map(([, y]) => y))];
  const toX = scale(xs, box.left, width - box.right);
  const toY = scale(ys, height - box.bottom, box.top);
  const [right, bottom] = [width - box.right, height - box.bottom];
  return [
    text(title, { x: (box.left + right) / 2, y: 20, anchor: 'middle', isTitle: true }),
    ...xs.map((x) => line([toX(x), box.top, toX(x), bottom])),
    ...ys.map((y) => line([box.left, toY(y), right, toY(y)])),
    ...xs.map((x) => text(tick(x), { x: toX(x), y: bottom + 16, anchor: 'middle' })),
    ...ys.map((y) => text(tick(y), { x: box.left - 6, y: toY(y) + 4, anchor: 'end' })),
    text(xTitle, { x: (box.left + right) / 2, y: bottom + 36, anchor: 'middle' }),
    `<text transform="translate(14 ${(box.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeXml(yTitle)}</text>`,
    ...series.flatMap((each, n) => curve(each, colours[n % colours.length] ?? '', [toX, toY])),
    ...series.flatMap((each, n) => {
      const y = height + 18 * n;
      const stroke = strokeOf(each, colours[n % colours.length] ?? '');
      return [
        `<line x1="${box.left}" y1="${y}" x2="${box.left + 26}" y2="${y}" ${stroke}/>`,
        text(each.name, { x: box.left + 34, y: y + 4, anchor: 'start' }),
      ];
    }),
  ].join('\n');
}

type Scale = (value: number) => number;

function curve(series: Series, colour: string, [toX, toY]: readonly [Scale, Scale]): string[] {
  const at = series.points.map(([x, y]) => [round(toX(x)), round(toY(y))] as const);
  return [
    `<polyline fill="none" points="${at.map(([x, y]) => `${x},${y}`).join(' ')}" ${strokeOf(series, colour)}/>`,
    ...at.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`),
  ];
}

function strokeOf({ isBaseline = false }: Series, colour: string): string {
  return `stroke="${colour}" stroke-width="2"${isBaseline ? ' stroke-dasharray="6 4"' : ''}`;
}

/** Powers of ten around the values. */
function decades(values: readonly number[]): readonly number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, n) => 10 ** (first + n));
}

function scale(ticks: readonly number[], from: number, to: number): Scale {
  const [low, high] = [Math.log10(ticks[0] ?? 1), Math.log10(ticks.at(-1) ?? 10)];
  return (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
}

const tick = (value: number): string => (value >= 1_000 ? `${(value / 1_000).toLocaleString('en')} k` : `${value}`);
const round = (value: number): number => Math.round(value * 10) / 10;
const escapeXml = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

interface Place {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly isTitle?: boolean;
}

function text(words: string, { x, y, anchor, isTitle = false }: Place): string {
  const title = isTitle ? ' class="title"' : '';
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${title}>${escapeXml(words)}</text>`;
}

function line([x1, y1, x2, y2]: readonly [number, number, number, number]): string {
  return `<line class="grid" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}
