import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { eventually, TestClient } from '@parley/testing';
import type { Page } from 'playwright-core';
import { BrowserStack, withChromium } from './fixtures/browser.js';
import { openConversation, sees } from './fixtures/steps.js';

jest.setTimeout(180_000);

/** Some pages more than are held. */
const MESSAGES = 800;
/** A page that shows nothing newer for so long, in ms, is stuck. */
const STUCK_MS = 20_000;

withChromium('a long history in a browser', () => {
  let chat: BrowserStack;
  let writer: TestClient;
  let page: Page;

  beforeAll(async () => {
    chat = await BrowserStack.start({ FRAMES_PER_SECOND: '0' });
    page = await chat.signUp(0, 'ada');
    writer = await TestClient.connect(chat.stack.gateways[0]!.url);
    await writer.ask({ type: 'signUp', signUp: { username: 'writer', password: 'x' } });
    for (let n = 1; n <= MESSAGES; n += 1)
      writer.send({ type: 'channelMessage', id: n, channelMessage: { message: `number ${n}.` } });
    await writer.next(({ id }) => id === MESSAGES, 60_000);
  });
  afterAll(async () => {
    writer?.socket.terminate();
    await chat?.stop();
  });

  // Also of rows that are not shown yet, because their height is not known.
  const numbers = async () =>
    (await page.locator('article .message-text').allTextContents()).map((text) =>
      Number(/\d+/.exec(text)![0]),
    );
  /** The first message that can be seen, and where it stands, in pixels. What is drawn out of sight does not matter. */
  const place = () =>
    page.locator('.messages').evaluate((list) => {
      const { top } = list.getBoundingClientRect();
      const first = [...list.querySelectorAll('article')].find(
        (article) => article.getBoundingClientRect().bottom > top,
      )!;
      return { text: first.textContent, top: Math.round(first.getBoundingClientRect().top - top) };
    });
  /** Scrolls until the message before this one is there, in steps of less than a screen. */
  const readOn = (first: number) =>
    eventually(async () => {
      const row = page.locator('article', { hasText: `number ${first}.` }).first();
      if ((await row.count()) > 0) await row.evaluate((each) => each.scrollIntoView({ block: 'end' }));
      else await page.locator('.messages').evaluate((list) => list.scrollBy(0, -400));
      return (await numbers()).includes(first - 1);
    });

  /** Waits until the newest message is shown, for as long as the page comes nearer to it: a machine that is busy draws slowly. */
  const arrivesAt = async (last: number) => {
    for (let newest = 0; newest < last; )
      newest = await eventually(
        async () => {
          const shown = (await numbers()).at(-1) ?? 0;
          return shown > newest && shown;
        },
        { timeoutMs: STUCK_MS },
      );
  };

  it('begins at the first unread message or the end, and reads on as one scrolls, in order and without holes', async () => {
    await openConversation(page, 'General');
    await sees(page, `number ${MESSAGES}.`);
    const seen = new Set<number>();
    while (!seen.has(1)) {
      const shown = await numbers();
      expect(shown).toEqual(shown.map((_, n) => shown[0]! + n));
      // The page keeps what is near, and no more.
      expect(shown.length).toBeLessThan(120);
      for (const each of shown) seen.add(each);
      const first = Math.min(...seen);
      if (first > 1) await readOn(first);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: MESSAGES }, (_, n) => n + 1));
  });

  it('keeps its place while others write, and comes back to the end', async () => {
    const before = await place();
    await writer.ask({ type: 'channelMessage', channelMessage: { message: 'number 801.' } });
    await page.getByRole('link', { name: /^General.*1 unread/ }).waitFor();
    expect(await place()).toEqual(before);
    await page.getByRole('button', { name: /^To the newest/ }).click();
    await sees(page, 'number 801.');
    await page.getByRole('link', { name: /^General.*unread/ }).waitFor({ state: 'detached' });
  });

  it('stays at the end while more comes without a pause than is held', async () => {
    const last = MESSAGES + 1_500;
    for (let n = MESSAGES + 2; n <= last; n += 1)
      writer.send({ type: 'channelMessage', id: n, channelMessage: { message: `number ${n}.` } });
    await writer.next(({ id }) => id === last, 60_000);
    await arrivesAt(last);
    await page.getByRole('button', { name: /^To the newest/ }).waitFor({ state: 'detached' });
    const shown = await numbers();
    expect(shown).toEqual(shown.map((_, n) => last - shown.length + 1 + n));
  });
});
