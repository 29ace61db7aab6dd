import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserStack, DESKTOP, faultsIn, picture, withChromium } from '../fixtures/browser.js';
import { openConversation, say, sees } from '../fixtures/steps.js';

jest.setTimeout(180_000);

withChromium('a lost connection in a browser', () => {
  let chat: BrowserStack;
  let ada: Page;

  beforeAll(async () => {
    chat = await BrowserStack.start();
    ada = await chat.signUp(0, 'ada', { ...DESKTOP, isElsewhere: true });
  });
  afterAll(() => chat?.stop());

  it('shows what is written while the messages are still to be loaded', async () => {
    await ada.context().setOffline(true);
    await ada.getByText(/^You are offline/).waitFor();
    await openConversation(ada, 'General');
    await ada.getByText('Loading messages').waitFor();
    await say(ada, 'before anything is loaded');
    await ada.locator('[data-state="sending"]', { hasText: 'before anything is loaded' }).waitFor();
    await ada.getByText('Loading messages').waitFor();
    await picture(ada, 'not-loaded');
    expect(await faultsIn(ada)).toEqual([]);
    await ada.context().setOffline(false);
    await sees(ada, 'before anything is loaded');
  });

  it('says that the device has no network, and goes once it has', async () => {
    await openConversation(ada, 'General');
    await sees(ada, 'before anything is loaded');
    await ada.context().setOffline(true);
    await ada.getByText(/^You are offline/).waitFor();
    await say(ada, 'from the tunnel');
    await ada.locator('[data-state="sending"]', { hasText: 'from the tunnel' }).waitFor();
    await ada.context().setOffline(false);
    await ada.getByText(/^You are offline/).waitFor({ state: 'detached' });
    await sees(ada, 'from the tunnel');
  });

  it('has complained about nothing', () => {
    expect(chat.complaints).toEqual([]);
  });
});
