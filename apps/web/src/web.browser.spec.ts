import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserStack, faultsIn, PHONE, picture, withChromium } from './fixtures/browser.js';
import { messageWith, openConversation, say, sees, textsOf, writeTo } from './fixtures/steps.js';

jest.setTimeout(180_000);

withChromium('the web client in a browser', () => {
  let chat: BrowserStack;
  let ada: Page;
  let bob: Page;

  beforeAll(async () => {
    chat = await BrowserStack.start();
    ada = await chat.signUp(0, 'ada');
    bob = await chat.signUp(1, 'bob');
  });
  afterAll(async () => {
    await chat?.stop();
  });

  it('lets two people find each other and talk in private, with receipts, presence and typing', async () => {
    await writeTo(ada, 'bob');
    await ada.locator('.pane-head .presence', { hasText: 'Online' }).waitFor();
    await say(ada, 'Hello Bob, see https://example.org/');
    await bob.getByRole('link', { name: /^ada.*1 unread/ }).waitFor();
    await picture(bob, 'unread');
    await openConversation(bob, 'ada');
    await sees(bob, 'Hello Bob');
    await ada.locator('.receipt', { hasText: 'Read' }).waitFor();
    await bob.getByRole('textbox', { name: /^(Message |Edit)/ }).pressSequentially('Hi');
    await ada.locator('.pane-head .writing', { hasText: 'bob is writing' }).waitFor();
    await say(bob, 'Hi Ada!');
    await sees(ada, 'Hi Ada!');
    await ada.locator('.pane-head .writing').waitFor({ state: 'detached' });
    await picture(ada, 'private');
  });

  it('lets people react, reply, edit and delete by the keyboard alone', async () => {
    await ada.getByRole('region', { name: /^Messages/ }).focus();
    await ada.keyboard.press('ArrowUp');
    await ada.keyboard.press('Tab');
    await ada.keyboard.press('Enter');
    await ada.getByRole('button', { name: 'React with 👍' }).press('Enter');
    await bob.getByRole('button', { name: '👍 1' }).waitFor();
    await messageWith(ada, 'Hi Ada!').focus();
    await ada.getByRole('button', { name: 'Reply' }).last().press('Enter');
    await ada.keyboard.type('How are yuo?');
    await ada.keyboard.press('Enter');
    await bob.locator('.quote', { hasText: 'Hi Ada!' }).waitFor();
    await sees(ada, 'How are yuo?');
    await ada.getByRole('textbox', { name: /^(Message |Edit)/ }).press('ArrowUp');
    await ada.getByRole('textbox', { name: /^(Message |Edit)/ }).fill('How are you?');
    await ada.keyboard.press('Enter');
    await bob.locator('article', { hasText: 'How are you?' }).getByText('edited').waitFor();
    await say(ada, 'to be deleted');
    await messageWith(ada, 'to be deleted').focus();
    await messageWith(ada, 'to be deleted').getByRole('button', { name: 'Delete' }).press('Enter');
    await picture(ada, 'delete');
    await ada.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).press('Enter');
    await bob.getByText('This message was deleted.').waitFor();
    await picture(bob, 'changes');
  });

  it('lets people make a group, invite, mention and moderate', async () => {
    await ada.getByRole('button', { name: 'New conversation' }).first().click();
    await ada.getByRole('tab', { name: 'New group' }).click();
    await ada.getByRole('textbox', { name: 'Name' }).fill('Gardeners');
    await ada.getByRole('textbox', { name: 'Topic' }).fill('What grows, and where');
    await ada.getByRole('searchbox', { name: 'Invite people' }).fill('bo');
    await ada.getByRole('button', { name: 'Invite bob' }).click();
    await picture(ada, 'new-group');
    await ada.getByRole('button', { name: 'Create group' }).click();
    await ada.getByRole('heading', { level: 2, name: 'Gardeners' }).waitFor();
    await bob.getByRole('link', { name: /^Gardeners/ }).waitFor();
    await ada.getByRole('textbox', { name: /^(Message |Edit)/ }).pressSequentially('Welcome @bo');
    await ada.getByRole('option', { name: 'bob' }).waitFor();
    await picture(ada, 'mention');
    await ada.keyboard.press('Enter');
    await ada.keyboard.type('to the group');
    await ada.keyboard.press('Enter');
    await sees(ada, 'Welcome @bob to the group');
    await bob.getByRole('link', { name: /one names you/ }).waitFor();
    await openConversation(bob, 'Gardeners');
    await bob.locator('.mention', { hasText: '@bob' }).waitFor();
    await say(bob, 'Thank you');
    await sees(ada, 'Thank you');
    await ada.getByRole('button', { name: 'About this group' }).click();
    await ada.getByRole('button', { name: 'What to do with bob' }).click();
    await ada.getByRole('menuitem', { name: 'Make a moderator' }).click();
    await ada.getByRole('dialog').getByText('moderator').waitFor();
    await picture(ada, 'group');
    expect(await faultsIn(ada)).toEqual([]);
    await ada.keyboard.press('Escape');
    await ada.getByRole('button', { name: 'About this group' }).and(ada.locator(':focus')).waitFor();
  });

  it('loses and doubles nothing when a gateway is killed, says so meanwhile, and keeps everything over a reload', async () => {
    await Promise.all([openConversation(ada, 'General'), openConversation(bob, 'General')]);
    await say(ada, 'before');
    await sees(bob, 'before');
    chat.stack.kill('gateway-1', 'SIGKILL');
    await ada.getByText(/^Reconnecting/).waitFor();
    await picture(ada, 'reconnecting');
    await say(ada, 'while it was away');
    await say(bob, 'meanwhile');
    await ada.getByText(/^Reconnecting/).waitFor({ state: 'detached' });
    await sees(bob, 'while it was away');
    await sees(ada, 'meanwhile');
    await ada.locator('[data-state="sending"]').first().waitFor({ state: 'detached' });
    const both = await Promise.all([ada, bob].map(textsOf));
    expect(both[0]).toEqual(both[1]);
    expect([...both[0]!].sort()).toEqual(['before', 'meanwhile', 'while it was away']);
    await ada.getByRole('textbox', { name: /^(Message |Edit)/ }).fill('a draft');
    await ada.reload();
    await sees(ada, 'meanwhile');
    expect(await textsOf(ada)).toEqual(both[1]);
    expect(await ada.getByRole('textbox', { name: /^(Message |Edit)/ }).inputValue()).toBe('a draft');
    await ada.getByRole('link', { name: /^Gardeners/ }).waitFor();
    await ada.getByRole('link', { name: /^bob/ }).waitFor();
  });

  it('sends what an earlier version of the page has left unsent, and shows its draft', async () => {
    await bob.evaluate(() => {
      const { userUUID } = JSON.parse(localStorage.getItem('parley.session')!);
      const post = {
        clientUUID: 'earlier',
        text: 'left unsent',
        at: '2026-11-01T12:00:00Z',
        state: 'sending',
      };
      localStorage.setItem(`parley.pending.${userUUID}`, JSON.stringify({ '/general': [post] }));
      localStorage.setItem(`parley.drafts.${userUUID}`, JSON.stringify({ '/general': 'an earlier draft' }));
    });
    await bob.reload();
    await sees(bob, 'left unsent');
    expect(await bob.getByRole('textbox', { name: /^(Message |Edit)/ }).inputValue()).toBe(
      'an earlier draft',
    );
  });

  it('shows on another device who has written to the user', async () => {
    const device = await chat.open(1);
    await device.getByLabel('Name').fill('ada');
    await device.getByLabel('Password').fill('wrong');
    await device.getByRole('button', { name: 'Sign in', exact: true }).click();
    await device.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    await device.getByLabel('Password').fill('the password of ada');
    await device.getByRole('button', { name: 'Sign in', exact: true }).click();
    await openConversation(device, 'bob');
    await sees(device, 'How are you?');
    await device.getByRole('button', { name: 'Account of ada' }).click();
    await device.getByRole('button', { name: 'Sessions' }).click();
    await device.getByText('Another session').waitFor();
    await picture(device, 'account');
    expect(await faultsIn(device)).toEqual([]);
    await device.getByRole('button', { name: 'Sign out everywhere' }).click();
    await ada.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await picture(ada, 'signed-out');
    expect(await faultsIn(ada)).toEqual([]);
  });

  it('works on a phone', async () => {
    const eve = await chat.signUp(0, 'eve', PHONE);
    await picture(eve, 'list');
    expect(await faultsIn(eve)).toEqual([]);
    await writeTo(eve, 'bob');
    await say(eve, 'From the bus');
    await bob.getByRole('link', { name: /^eve.*1 unread/ }).click();
    await sees(bob, 'From the bus');
    await say(bob, 'Hello Eve');
    await sees(eve, 'Hello Eve');
    await messageWith(eve, 'Hello Eve').tap();
    await picture(eve, 'conversation');
    expect(await faultsIn(eve)).toEqual([]);
    await eve.getByRole('button', { name: /^Back/ }).tap();
    await eve.getByRole('link', { name: /^General/ }).waitFor();
    await eve.getByRole('button', { name: 'New conversation' }).first().tap();
    await picture(eve, 'new');
    expect(await faultsIn(eve)).toEqual([]);
  });

  it('has complained about nothing', () => {
    expect(chat.complaints).toEqual([]);
  });
});
