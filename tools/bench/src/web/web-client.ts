import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@parley/testing';
import type { Page } from 'playwright-core';
import type { Chromium, SlowedPage } from './chromium.js';
import { type FirstUse, firstUse, recordedFrames, recordFrames, watchFirstUse } from './in-page.js';
import { type FrameTimes, frameTimes } from './summary.js';

/** A phone of the middle class is about four times as slow as a desktop. */
export const SLOWED = 4;
/** Later than this, in ms, the page counts as broken. */
const OPENED_WITHIN_MS = 120_000;
/** One notch of a wheel in pixels, and the time between two in ms: 3,000 pixels per second, about 30 messages. */
const NOTCH = 120;
const NOTCH_MS = 40;
/** What a request for a page of the history looks like. */
const ASKS_FOR_PAGE = '"type":"channelMessages"';

/** Signs a new user up. The browser stays signed in. */
export async function signUp(browser: Chromium, address: string): Promise<void> {
  const opened = await browser.open();
  const { page } = opened;
  await page.goto(address);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Name').fill('reader');
  await page.getByLabel('Password').fill('open sesame');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('link', { name: /^General/ }).waitFor();
  await opened.close();
}

/** The web client with the general channel open. It runs at the machine's own speed, except where a method says so. */
export class WebClient {
  private pagesRead = 0;

  private constructor(private readonly opened: SlowedPage) {}

  /** Opens it on a slowed processor and without a cached file, and says when it could be used. */
  static async open(
    browser: Chromium,
    address: string,
  ): Promise<{ client: WebClient; times: Required<FirstUse> }> {
    const opened = await browser.open();
    const client = new WebClient(opened);
    const { page } = opened;
    page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => client.noteSent(payload)));
    await page.addInitScript(watchFirstUse);
    await opened.forgetFiles();
    await opened.slowDown(SLOWED);
    await page.goto(`${address}#/general`);
    const times = await eventually(() => bothTimes(page), { timeoutMs: OPENED_WITHIN_MS, everyMs: 200 });
    await opened.slowDown(1);
    return { client, times };
  }

  /** The heap in bytes once the page has drawn what came. @throws Error if the newest message is not shown then. */
  async heapAtRest(): Promise<number> {
    const { page } = this.opened;
    await page.evaluate(() => new Promise((drawn) => requestIdleCallback(drawn)));
    if (await page.locator('.to-end').isVisible())
      throw new Error('the page does not show the newest message any more');
    return this.opened.heapBytes();
  }

  /** Scrolls up for half of the time and down for the other half, on a slowed processor. */
  async scroll(seconds: number): Promise<FrameTimes & { pagesRead: number }> {
    const { page } = this.opened;
    await page.locator('.messages').hover();
    await this.opened.slowDown(SLOWED);
    const before = this.pagesRead;
    await page.evaluate(recordFrames);
    for (const pixels of [-NOTCH, NOTCH]) await turnWheel(page, pixels, seconds / 2);
    const frames = await page.evaluate(recordedFrames);
    await this.opened.slowDown(1);
    return { ...frameTimes(frames), pagesRead: this.pagesRead - before };
  }

  close(): Promise<void> {
    return this.opened.close();
  }

  private noteSent(payload: string | Buffer): void {
    if (payload.includes(ASKS_FOR_PAGE)) this.pagesRead += 1;
  }
}

async function bothTimes(page: Page): Promise<Required<FirstUse> | false> {
  const { composer, messages } = await page.evaluate(firstUse);
  return composer !== undefined && messages !== undefined && { composer, messages };
}

/** A wheel turns on while the page is late, as under a finger. */
async function turnWheel(page: Page, pixels: number, seconds: number): Promise<void> {
  const noticed: Promise<void>[] = [];
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    noticed.push(page.mouse.wheel(0, pixels));
    await delay(NOTCH_MS);
  }
  await Promise.all(noticed);
}
