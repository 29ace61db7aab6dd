import type { RunningContestant } from '../contestants/contestant.js';
import { PARLEY } from '../contestants/contestants.js';
import { type Figures, inRounds } from '../measuring/rounds.js';
import { Chromium, chromiumObstacle } from '../web/chromium.js';
import { WRITERS, write } from '../web/history.js';
import { scriptBytes } from '../web/script-bytes.js';
import { outerThirds } from '../web/summary.js';
import { webTable } from '../web/table.js';
import { signUp, WebClient } from '../web/web-client.js';
import { type Benchmark, entryOf, type RunOptions, withContestants } from './benchmark.js';

const HISTORY = 100_000;
const HISTORY_PER_SECOND = 3_000;
/** Messages that come to the open page while its heap is looked at, and how many of them per second. */
const INCOMING = 10_000;
const INCOMING_PER_SECOND = 200;
/** Of them, what comes before the first look: until the page holds as many messages as it ever does. */
const FILLING = 1_000;
/** Stretches of them: the heap is looked at when the page has shown one, so that what still waits to be drawn does not count. */
const STRETCHES = 12;
const FEWEST_STRETCHES = 3;

/** The page's address at a gateway. */
const pageOf = ({ urls }: RunningContestant): string => new URL('/', urls[0]!.replace(/^ws/, 'http')).href;

/** How soon a page can be used that is opened, and how smoothly it scrolls. */
async function measureScrolling(browser: Chromium, address: string, seconds: number): Promise<Figures> {
  const { client, times } = await WebClient.open(browser, address);
  try {
    const { count, p99Ms, longestMs, pagesRead } = await client.scroll(seconds);
    return {
      ...{ composerMs: times.composer, messagesMs: times.messages },
      ...{ frames: count, frameP99Ms: p99Ms, frameLongestMs: longestMs, pagesRead },
    };
  } finally {
    await client.close();
  }
}

/** How much memory a page needs into which messages come. */
async function measureHeap(browser: Chromium, running: RunningContestant, scale: number): Promise<Figures> {
  const { client } = await WebClient.open(browser, pageOf(running));
  try {
    await write(running, FILLING * scale, INCOMING_PER_SECOND);
    const samples: number[] = [];
    const stretches = Math.max(FEWEST_STRETCHES, Math.round(STRETCHES * scale));
    for (let n = 0; n < stretches; n++) {
      await write(running, (INCOMING * scale) / stretches, INCOMING_PER_SECOND);
      samples.push(await client.heapAtRest());
    }
    const heap = outerThirds(samples);
    return { heapFirstBytes: heap.first, heapLastBytes: heap.last };
  } finally {
    await client.close();
  }
}

async function measure(
  running: RunningContestant,
  browser: Chromium,
  { seconds, scale }: RunOptions,
): Promise<Figures> {
  const { gz, br } = await scriptBytes();
  return {
    ...{ chromium: browser.version, scriptGzBytes: gz, scriptBrBytes: br },
    ...(await measureScrolling(browser, pageOf(running), seconds)),
    ...(await measureHeap(browser, running, scale)),
  };
}

/** The web client in a browser on a slowed processor: its size, its start, a long history, and many messages. */
export const web: Benchmark = {
  name: 'web',
  question: 'How large, how quick and how smooth is the web client on a slow processor?',
  defaults: { rounds: 3, seconds: 20 },
  hasPeers: false,
  obstacle: chromiumObstacle,
  measure: (options) =>
    withContestants([PARLEY], options, WRITERS, async (started) => {
      const browser = await Chromium.start();
      try {
        for (const { running } of started) {
          await write(running, HISTORY * options.scale, HISTORY_PER_SECOND);
          await signUp(browser, pageOf(running));
        }
        const entries = started.map((each) => entryOf(each, () => measure(each.running, browser, options)));
        return await inRounds(entries, options.rounds);
      } finally {
        await browser.close();
      }
    }),
  section: webTable,
};
