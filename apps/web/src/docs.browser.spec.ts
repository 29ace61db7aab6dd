import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { BrowserStack, faultsIn, PHONE, withChromium } from './fixtures/browser.js';

jest.setTimeout(120_000);

withChromium('the pages of the API in a browser', () => {
  let stack: BrowserStack;
  beforeAll(async () => {
    stack = await BrowserStack.start();
  });
  afterAll(() => stack?.stop());

  it.each([
    ['/api/docs', '/users/{userUUID}/messages'],
    ['/api/docs/frames', 'channelMessage'],
  ])('%s shows %s, on a phone too, and nothing is refused', async (path, shown) => {
    for (const options of [{}, PHONE]) {
      const page = await stack.open(0, options);
      await page.goto(new URL(path, page.url()).href);
      await page.getByText(shown).first().waitFor();
      expect(await faultsIn(page)).toEqual([]);
      const tooWide = await page.evaluate(() =>
        [...document.querySelectorAll('body *')]
          .filter(
            (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1,
          )
          .map(({ outerHTML }) => outerHTML.slice(0, 200)),
      );
      expect(tooWide).toEqual([]);
      await page.context().close();
    }
    expect(stack.complaints).toEqual([]);
  });
});
