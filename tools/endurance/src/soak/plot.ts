/** One line of a panel: its name, and its values at their seconds. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [seconds: number, value: number])[];
}

/** Lines that share an axis. */
export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const [WIDTH, HEIGHT] = [720, 150];
const LEFT = 60;
const TOP = 24;
const BOTTOM = 20;
const COLORS = ['#1b6ca8', '#c0392b', '#2e8b57', '#8e6c1f', '#6c4a9c'];

function polyline(line: Line, n: number, place: (point: readonly [number, number]) => string): string {
  const color = COLORS[n % COLORS.length];
  const points = line.points.map(place).join(' ');
  return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points}"/>`;
}

function legend(lines: readonly Line[]): string {
  const names = lines.map(
    ({ name }, n) => `<tspan dx="${n === 0 ? 0 : 12}" fill="${COLORS[n % COLORS.length]}">${name}</tspan>`,
  );
  return lines.length < 2 ? '' : `<text x="${WIDTH - 8}" y="16" text-anchor="end">${names.join('')}</text>`;
}

function panel({ title, lines }: Panel, top: number, seconds: number): string {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const highest = Math.max(1, ...values) * 1.1;
  const inner = HEIGHT - TOP - BOTTOM;
  const place = ([at, value]: readonly [number, number]) => {
    const x = LEFT + (at / seconds) * (WIDTH - LEFT - 8);
    return `${x.toFixed(1)},${(TOP + inner - (value / highest) * inner).toFixed(1)}`;
  };
  const bottom = TOP + inner;
  return [
    `<g transform="translate(0,${top})">`,
    `<text x="${LEFT}" y="16" font-weight="bold">${title}</text>${legend(lines)}`,
    `<path d="M${LEFT},${TOP}V${bottom}H${WIDTH - 8}" fill="none" stroke="#888"/>`,
    `<text x="${LEFT - 6}" y="${TOP + 8}" text-anchor="end">${highest.toFixed(0)}</text>`,
    `<text x="${LEFT - 6}" y="${bottom}" text-anchor="end">0</text>`,
    `<text x="${WIDTH - 8}" y="${bottom + 14}" text-anchor="end">${Math.round(seconds / 60)} min</text>`,
    ...lines.map((line, n) => polyline(line, n, place)),
    '</g>',
  ].join('\n');
}

/** An SVG picture of panels below each other, with the time to the right. */
export function plot(panels: readonly Panel[]): string {
  const ends = panels.flatMap(({ lines }) => lines.map(({ points }) => points.at(-1)?.[0] ?? 0));
  const seconds = Math.max(1, ...ends);
  const height = panels.length * HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>${panels.map(({ title }) => title).join('; ')}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...panels.map((each, n) => panel(each, n * HEIGHT, seconds)),
    '</svg>\n',
  ].join('\n');
}
