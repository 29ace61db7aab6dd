import { type Figures, type Measured, medians } from '../measuring/rounds.js';
import { markdownRows, shown } from '../report/table.js';

/** One figure of the page. */
interface Line {
  what: string;
  value(figures: Figures): number;
  digits?: number;
  /** What it should not exceed, in the unit of the figure. */
  bound?: number;
}

const KIB = 1_024;

const LINES: readonly Line[] = [
  { what: 'script, gzip, KiB', value: ({ scriptGzBytes }) => scriptGzBytes! / KIB, digits: 1, bound: 150 },
  { what: 'script, Brotli, KiB', value: ({ scriptBrBytes }) => scriptBrBytes! / KIB, digits: 1 },
  { what: 'until one can write, ms', value: ({ composerMs }) => composerMs!, bound: 2_000 },
  { what: 'until messages are there, ms', value: ({ messagesMs }) => messagesMs! },
  { what: 'p99 of a frame, scrolling, ms', value: ({ frameP99Ms }) => frameP99Ms!, digits: 1, bound: 50 },
  {
    what: 'longest frame, scrolling, ms',
    value: ({ frameLongestMs }) => frameLongestMs!,
    digits: 1,
    bound: 150,
  },
  { what: 'frames, scrolling', value: ({ frames }) => frames! },
  { what: 'pages of the history read, scrolling', value: ({ pagesRead }) => pagesRead! },
  { what: 'heap, first third, MB', value: ({ heapFirstBytes }) => heapFirstBytes! / 1e6, digits: 2 },
  { what: 'heap, last third, MB', value: ({ heapLastBytes }) => heapLastBytes! / 1e6, digits: 2 },
  {
    what: 'growth of the heap, %',
    value: ({ heapFirstBytes, heapLastBytes }) => (heapLastBytes! / heapFirstBytes! - 1) * 100,
    digits: 1,
    bound: 10,
  },
];

/** The figures of the web client, each beside what it should not exceed. */
export function webTable([measured]: readonly Measured[]): string {
  const figures = medians(measured!);
  const rows = LINES.map(({ what, value, digits, bound }) => {
    const measuredValue = value(figures);
    return [what, shown(measuredValue, digits), shown(bound), verdict(measuredValue, bound)];
  });
  return `${markdownRows(['', 'measured', 'at most', 'holds'], rows, 1)}\n\nChromium ${figures.chromium}.`;
}

function verdict(value: number, bound: number | undefined): string {
  if (bound === undefined) return '';
  return value <= bound ? 'yes' : 'no';
}
