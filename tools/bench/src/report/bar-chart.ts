import { shown } from './table.js';

/** Bars that share an axis. */
export interface Bars {
  readonly title: string;
  /** Decimals of the values. */
  readonly digits: number;
  readonly bars: readonly { readonly label: string; readonly value: number }[];
}

const WIDTH = 720;
/** Where bars begin: room for the longest label. */
const LEFT = 220;
/** Room for a value beside the longest bar. */
const RIGHT = 70;
const ROW = 18;
const HEAD = 26;
/** The first bar is ours. */
const COLORS = ['#1b6ca8', '#9aa5b1'];

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function panel({ title, digits, bars }: Bars, top: number): string {
  const highest = Math.max(Number.MIN_VALUE, ...bars.map(({ value }) => value));
  const rows = bars.map(({ label, value }, at) => {
    const y = HEAD + at * ROW;
    const width = ((value / highest) * (WIDTH - LEFT - RIGHT)).toFixed(1);
    return [
      `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${LEFT}" y="${y + 2}" width="${width}" height="13" fill="${COLORS[Math.min(at, 1)]}"/>`,
      `<text x="${LEFT + Number(width) + 6}" y="${y + 12}">${shown(value, digits)}</text>`,
    ].join('');
  });
  const heading = `<text x="${LEFT}" y="18" font-weight="bold">${escaped(title)}</text>`;
  return [`<g transform="translate(0,${top})">`, heading, ...rows, '</g>'].join('\n');
}

/** An SVG picture of bars, one panel below the other, each from 0 to its own highest value. */
export function barChart(title: string, panels: readonly Bars[]): string {
  const heights = panels.map(({ bars }) => HEAD + bars.length * ROW + 8);
  const height = heights.reduce((sum, each) => sum + each, 0);
  const tops = heights.map((_, at) => heights.slice(0, at).reduce((sum, each) => sum + each, 0));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    // Pages may be dark, and the text is not.
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...panels.map((each, at) => panel(each, tops[at]!)),
    '</svg>',
    '',
  ].join('\n');
}
