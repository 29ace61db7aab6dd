/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A mark on an axis. */
export interface Mark {
  readonly at: number;
  readonly label: string;
}

export interface Chart {
  readonly title: string;
  /** The label of the vertical axis: the unit. */
  readonly unit: string;
  readonly series: readonly Series[];
  /** Marks of the horizontal axis; whole seconds by default. */
  readonly marks?: readonly Mark[];
  /** Decades instead of even steps, for values over several magnitudes. */
  readonly logarithmic?: boolean;
}

const [WIDTH, HEIGHT] = [640, 260];
const MARGIN = { top: 12, right: 32, bottom: 28, left: 64 };
const INNER = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
/** Up to this many points have a dot each that shows its value. */
const DOTS = 60;
/** Colours that the report's style defines, c0 to c7. */
export const COLORS = 8;

export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A number with up to three digits. */
export function short(value: number): string {
  const [unit, of] = value >= 1e6 ? [1e6, ' M'] : value >= 1e4 ? [1e3, ' k'] : [1, ''];
  return `${Number((value / unit).toPrecision(3))}${of}`;
}

/** Round numbers from 0 to at least `highest`. */
export function evenMarks(highest: number): number[] {
  const rough = (highest || 1) / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((each) => each >= rough)!;
  return Array.from({ length: Math.ceil((highest || 1) / step) + 1 }, (_, index) => index * step);
}

function decades(lowest: number, highest: number): number[] {
  const [from, to] = [Math.floor(Math.log10(lowest)), Math.ceil(Math.log10(highest))];
  return Array.from({ length: Math.max(2, to - from + 1) }, (_, index) => 10 ** (from + index));
}

interface Scale {
  readonly marks: readonly Mark[];
  place(value: number): number;
}

function vertical({ series, logarithmic }: Chart): Scale {
  const values = series.flatMap(({ points }) => points.map(([, y]) => y));
  const positive = values.filter((value) => value > 0);
  const highest = Math.max(0, ...values);
  const log = logarithmic === true && positive.length > 0;
  const marks = log ? decades(Math.min(...positive), highest) : evenMarks(highest);
  const [low, high] = [marks[0]!, marks.at(-1)!];
  const share = (value: number) =>
    log ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
  return {
    marks: marks.map((at) => ({ at, label: short(at) })),
    place: (value) => MARGIN.top + (1 - share(value)) * INNER.height,
  };
}

function horizontal({ series, marks }: Chart): Scale {
  const values = [
    ...series.flatMap(({ points }) => points.map(([x]) => x)),
    ...(marks ?? []).map(({ at }) => at),
  ];
  const [low, high] = [Math.min(0, ...values), Math.max(1, ...values)];
  return {
    marks:
      marks ??
      evenMarks(high)
        .filter((at) => at <= high)
        .map((at) => ({ at, label: `${short(at)} s` })),
    place: (value) => MARGIN.left + ((value - low) / (high - low)) * INNER.width,
  };
}

/** A chart as an SVG element with its title and legend; empty when there is nothing to show. */
export function lineChart(chart: Chart): string {
  const series = chart.series.filter(({ points }) => points.length > 0);
  if (series.length === 0) return '';
  const [x, y] = [horizontal({ ...chart, series }), vertical({ ...chart, series })];
  const parts = [...y.marks.map((mark) => row(mark, y)), ...x.marks.map((mark) => column(mark, x))];
  const lines = series.map((each, index) => line(each, index, x, y));
  const legend = series.map(
    ({ name }, index) => `<span class="key c${index % COLORS}">${escaped(name)}</span>`,
  );
  return `<figure><figcaption>${escaped(chart.title)} <small>${escaped(chart.unit)}</small></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(chart.title)}">
${[...parts, ...lines].join('\n')}
</svg><div class="legend">${legend.join(' ')}</div></figure>`;
}

const fixed = (value: number): string => value.toFixed(1);

function row({ at, label }: Mark, { place }: Scale): string {
  const y = fixed(place(at));
  return `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}"/><text x="${MARGIN.left - 8}" y="${y}" dy="0.32em" text-anchor="end">${label}</text>`;
}

function column({ at, label }: Mark, { place }: Scale): string {
  const x = fixed(place(at));
  const bottom = HEIGHT - MARGIN.bottom;
  return `<line class="grid" x1="${x}" x2="${x}" y1="${MARGIN.top}" y2="${bottom}"/><text x="${x}" y="${bottom + 18}" text-anchor="middle">${label}</text>`;
}

function line({ name, points }: Series, index: number, x: Scale, y: Scale): string {
  const places = points.map(([at, value]) => `${fixed(x.place(at))},${fixed(y.place(value))}`);
  const dots = points.length > DOTS ? [] : points.map((point) => dot(point, name, x, y));
  return `<g class="c${index % COLORS}"><polyline points="${places.join(' ')}"/>${dots.join('')}</g>`;
}

const dot = ([at, value]: readonly [number, number], name: string, x: Scale, y: Scale): string =>
  `<circle cx="${fixed(x.place(at))}" cy="${fixed(y.place(value))}" r="2.5"><title>${escaped(name)}: ${short(value)}</title></circle>`;
