import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { TestClient } from '@parley/testing';
import type { Page } from 'playwright-core';
import { BrowserStack, withChromium } from './fixtures/browser.js';
import { gets, Keyboard } from './fixtures/keyboard.js';
import { messageWith, openConversation, say, sees } from './fixtures/steps.js';

jest.setTimeout(180_000);

/** Several screens. */
const EARLIER = 120;

withChromium('the web client by the keyboard alone', () => {
  let chat: BrowserStack;
  let writer: TestClient;
  let bob: Page;
  let page: Page;
  let keys: Keyboard;

  beforeAll(async () => {
    chat = await BrowserStack.start({ FRAMES_PER_SECOND: '0' });
    writer = await TestClient.connect(chat.stack.gateways[0]!.url);
    await writer.ask({ type: 'signUp', signUp: { username: 'writer', password: 'x' } });
    for (let n = 1; n <= EARLIER; n += 1)
      writer.send({ type: 'channelMessage', id: n, channelMessage: { message: `number ${n}.` } });
    await writer.next(({ id }) => id === EARLIER, 60_000);
    bob = await chat.signUp(1, 'bob');
    page = await chat.open(0);
    keys = new Keyboard(page);
  });
  afterAll(async () => {
    writer?.socket.terminate();
    await chat?.stop();
  });

  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const field = () => page.getByRole('textbox', { name: /^(Message |Edit)/ });
  const list = () => page.getByRole('region', { name: /^Messages/ });
  const heading = (name: string) => page.getByRole('heading', { level: 2, name });

  it('signs up, and goes on in the list', async () => {
    await keys.enter(button('Create an account'));
    await gets(page.getByLabel('Name'));
    await keys.type('ada');
    await keys.press('Tab');
    await keys.type('the password of ada');
    await keys.press('Enter');
    await page.getByRole('link', { name: /^General/ }).waitFor();
    await gets(button(/^Account of/));
  });

  it('finds somebody, and writes to them', async () => {
    await keys.enter(button('New conversation'));
    await keys.tabTo(page.getByRole('searchbox', { name: 'Find people' }));
    await keys.type('bo');
    await keys.enter(button('Write to bob'));
    await gets(heading('bob'));
    await keys.tabTo(field());
    await keys.type('Hello Bob');
    await keys.press('Enter');
    await bob.getByRole('link', { name: /^ada.*1 unread/ }).waitFor();
  });

  it('makes a group, and gives a member a role', async () => {
    await keys.enter(button('New conversation').first(), 'Shift+Tab');
    await keys.tabTo(page.getByRole('tab', { name: 'People' }));
    await keys.press('ArrowRight', 'ArrowRight', 'Enter');
    await keys.tabTo(page.getByRole('textbox', { name: 'Name' }));
    await keys.type('Gardeners');
    await keys.tabTo(page.getByRole('searchbox', { name: 'Invite people' }));
    await keys.type('bo');
    await keys.enter(button('Invite bob'));
    await gets(page.getByRole('searchbox', { name: 'Invite people' }));
    await keys.tabTo(button('Do not invite bob'), 'Shift+Tab');
    await keys.enter(button('Create group'));
    await gets(heading('Gardeners'));
    await keys.enter(button('About this group'));
    await keys.enter(button('What to do with bob'));
    await page
      .getByRole('menuitem', { name: 'Make a moderator' })
      .and(page.locator('[data-highlighted]'))
      .waitFor();
    await keys.press('Enter');
    await page.getByRole('dialog').getByText('moderator', { exact: true }).waitFor();
    await gets(button('What to do with bob'));
    await keys.press('Escape');
    await gets(button('About this group'));
  });

  it('mentions, edits, reacts, answers and deletes', async () => {
    await openConversation(bob, 'Gardeners');
    await keys.tabTo(field());
    await keys.type('Welcome @bo');
    await page.getByRole('option', { name: 'bob' }).waitFor();
    await keys.press('Enter');
    await keys.type('in the graden');
    await keys.press('Enter');
    await sees(bob, 'Welcome @bob in the graden');
    await sees(page, 'Welcome @bob in the graden');
    await keys.press('ArrowUp', 'Control+a');
    await keys.type('Welcome @bob in the garden');
    await keys.press('Enter');
    await sees(bob, 'Welcome @bob in the garden');
    await say(bob, 'Thank you');
    await sees(page, 'Thank you');
    await keys.tabTo(list(), 'Shift+Tab');
    await keys.press('ArrowUp');
    await gets(messageWith(page, 'Thank you'));
    await keys.enter(button('React'));
    await gets(button('React with 👍'));
    await keys.press('Escape');
    await gets(messageWith(page, 'Thank you'));
    await keys.enter(button('React'));
    await gets(button('React with 👍'));
    await keys.press('Tab', 'Enter');
    await gets(messageWith(page, 'Thank you'));
    await bob.getByRole('button', { name: '❤️ 1' }).waitFor();
    await keys.enter(messageWith(page, 'Thank you').getByRole('button', { name: 'Reply' }));
    await gets(field());
    await keys.type('With pleasure');
    await keys.press('Enter');
    await bob.locator('.quote', { hasText: 'Thank you' }).waitFor();
    await sees(page, 'With pleasure');
    await keys.tabTo(list(), 'Shift+Tab');
    await keys.press('ArrowUp');
    await keys.enter(messageWith(page, 'With pleasure').getByRole('button', { name: 'Delete' }));
    await page.getByRole('alertdialog').waitFor();
    await keys.enter(page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }));
    await bob.getByText('This message was deleted.').waitFor();
    await gets(field());
  });

  it('sends by the button, and goes on in the field', async () => {
    await keys.type('By the button');
    await keys.enter(button('Send'));
    await sees(bob, 'By the button');
    await gets(field());
  });

  it('reads the history to its beginning', async () => {
    await keys.tabTo(page.getByRole('link', { name: /^General/ }), 'Shift+Tab');
    await keys.press('Enter');
    await gets(heading('General'));
    await sees(page, `number ${EARLIER}.`);
    await keys.tabTo(list());
    await keys.press('ArrowUp', 'ArrowUp', 'ArrowUp');
    for (let n = 0; n < 60 && !(await page.getByText('number 1.', { exact: true }).isVisible()); n += 1)
      await keys.press('PageUp');
    expect(await page.getByText('number 1.', { exact: true }).isVisible()).toBe(true);
    await keys.enter(button(/^To the newest/));
    await sees(page, `number ${EARLIER}.`);
    await button(/^To the newest/).waitFor({ state: 'detached' });
    await keys.press('Tab');
  });

  it('changes how the page looks, and signs out', async () => {
    await keys.enter(button(/^Account of/), 'Shift+Tab');
    await keys.tabTo(page.getByRole('radio', { name: 'As the system' }));
    await keys.press('ArrowDown', 'ArrowDown');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await keys.enter(button('Change password'));
    await keys.tabTo(page.getByLabel('Current password'));
    await keys.press('Escape');
    await gets(button(/^Account of/));
    await keys.press('Enter');
    await keys.enter(button('Sign out'));
    await gets(page.getByLabel('Name'));
  });

  it('reads each new message out, also one that is like the one before', async () => {
    await keys.type('ada');
    await keys.press('Tab');
    await keys.type('the password of ada');
    await keys.press('Enter');
    await page.getByRole('link', { name: /^Gardeners/ }).waitFor();
    const heard = page.getByRole('log', { name: 'New messages' });
    await heard.evaluate((log) => {
      const told: string[] = [];
      Object.assign(globalThis, { told });
      const observer = new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const node of addedNodes) told.push(node.textContent!);
      });
      observer.observe(log, { childList: true, subtree: true });
    });
    for (const count of [1, 2]) {
      await say(bob, 'Rain again');
      await page.waitForFunction(
        (least) => (globalThis as unknown as { told: string[] }).told.length >= least,
        count,
      );
    }
    expect(await page.evaluate(() => (globalThis as unknown as { told: string[] }).told)).toEqual([
      'bob in Gardeners: Rain again',
      'bob in Gardeners: Rain again',
    ]);
    expect(chat.complaints).toEqual([]);
  });
});
