import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserStack, hasChromium, PHONE, PICTURES, picture } from './fixtures/browser.js';
import { openConversation, say, sees, writeTo } from './fixtures/steps.js';

jest.setTimeout(180_000);

/** `npm run pictures` runs this, and nothing else does. */
const forPictures = hasChromium && PICTURES !== undefined ? describe : describe.skip;

forPictures("the README's pictures (made where PICTURES names a folder)", () => {
  let chat: BrowserStack;

  beforeAll(async () => {
    chat = await BrowserStack.start();
  });
  afterAll(() => chat?.stop());

  it('show a group on a desktop and on a phone', async () => {
    const grace = await chat.signUp(0, 'Grace', PHONE);
    const alan = await chat.signUp(1, 'Alan');
    const ada = await chat.signUp(0, 'Ada');
    await makeGroup(ada, 'Gardeners', ['Grace', 'Alan']);
    for (const page of [grace, alan]) await openConversation(page, 'Gardeners');
    const talk: [Page, string][] = [
      [ada, 'Good morning! The tomatoes are ready to go outside.'],
      [alan, 'Already? We had frost on Tuesday.'],
      [grace, 'The forecast says nine degrees from tomorrow on.'],
      [alan, 'Then I will bring the fleece, just in case.'],
      [ada, 'Thank you. Shall we meet at ten on Saturday?'],
      [grace, 'Ten is fine. I have the key to the shed.'],
      [alan, 'See https://example.org/frost for the nights.'],
      [grace, 'I can also bring coffee for everyone.'],
    ];
    for (const [page, text] of talk) {
      await say(page, text);
      await Promise.all([ada, grace, alan].map((each) => sees(each, text)));
    }
    await writeTo(alan, 'Ada');
    await say(alan, 'May I borrow your spade?');
    await ada.getByRole('link', { name: /^Alan.*1 unread/ }).waitFor();
    for (const page of [ada, grace]) await picture(page, 'group');
    expect(chat.complaints).toEqual([]);
  });
});

async function makeGroup(page: Page, name: string, invited: string[]): Promise<void> {
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await page.getByRole('tab', { name: 'New group' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'Topic' }).fill('What grows, and where');
  for (const person of invited) {
    await page.getByRole('searchbox', { name: 'Invite people' }).fill(person);
    await page.getByRole('button', { name: `Invite ${person}` }).click();
  }
  await page.getByRole('button', { name: 'Create group' }).click();
  await page.getByRole('heading', { level: 2, name }).waitFor();
}
