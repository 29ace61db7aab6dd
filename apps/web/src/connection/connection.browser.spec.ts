import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserStack, CHROMIUM, DESKTOP, hasChromium } from '../fixtures/browser.js';
import { openConversation, say, sees } from '../fixtures/steps.js';

jest.setTimeout(180_000);

const withChromium = hasChromium ? describe : describe.skip;

withChromium(`the banner of a lost connection in a browser (runs where there is ${CHROMIUM})`, () => {
  let chat: BrowserStack;
  let ada: Page;

  beforeAll(async () => {
    chat = await BrowserStack.start();
    ada = await chat.signUp(0, 'ada', { ...DESKTOP, isElsewhere: true });
  });
  afterAll(() => chat?.stop());

  it('says that the device has no network, and goes once it has', async () => {
    await openConversation(ada, 'General');
    await ada.context().setOffline(true);
    await ada.getByText(/^You are offline/).waitFor();
    await say(ada, 'from the tunnel');
    await ada.locator('[data-state="sending"]').first().waitFor();
    await ada.context().setOffline(false);
    await ada.getByText(/^You are offline/).waitFor({ state: 'detached' });
    await sees(ada, 'from the tunnel');
  });
});
