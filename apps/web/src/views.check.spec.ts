import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserStack, DESKTOP, faultsIn, PHONE, withChromium } from './fixtures/browser.js';
import { messageWith, say, sees, writeTo } from './fixtures/steps.js';

jest.setTimeout(180_000);

const SIZES = [
  { size: 'desktop', options: DESKTOP },
  { size: 'phone', options: PHONE },
] as const;

withChromium('each view and state, by axe-core, in both themes', () => {
  let chat: BrowserStack;

  beforeAll(async () => {
    chat = await BrowserStack.start();
    const bob = await chat.signUp(1, 'bob');
    await bob.context().close();
  });
  afterAll(() => chat?.stop());

  // A menu stands at the end of the document, outside of every landmark. It holds the focus while it is open.
  const faultless = async (page: Page) =>
    expect((await faultsIn(page)).filter((fault) => !/ region: <div[^>]* role="menu"/.test(fault))).toEqual(
      [],
    );

  describe.each(SIZES)('on a $size', ({ size, options }) => {
    const me = `ada-${size}`;
    let page: Page;

    const button = (name: string | RegExp) => page.getByRole('button', { name });
    const leave = async () => {
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    const toList = () => page.evaluate(() => location.assign('#'));

    beforeAll(async () => {
      page = await chat.open(0, { ...options, isElsewhere: true });
    });
    afterAll(() => page?.context().close());

    it('signing in, up and by a token, and being refused', async () => {
      await button('Use a token of my organisation').click();
      await faultless(page);
      await button('Create an account').click();
      await page.getByLabel('Name').fill('bob');
      await page.getByLabel('Password').fill('x');
      await button('Create account').click();
      await page.getByRole('alert').getByText(/./).waitFor();
      await faultless(page);
      await page.getByLabel('Name').fill(me);
      await button('Create account').click();
      await page.getByRole('link', { name: /^General/ }).waitFor();
    });

    it('a list that is empty, and filtered to nothing', async () => {
      await page.getByText('Write to somebody, or join a group.').waitFor();
      await faultless(page);
      await page.getByRole('searchbox', { name: 'Filter conversations' }).fill('zz');
      await page.getByText('No conversation has that name.').waitFor();
      await faultless(page);
      await page.getByRole('searchbox', { name: 'Filter conversations' }).fill('');
    });

    it('an address that leads nowhere', async () => {
      await page.evaluate(() => location.assign('#/group/00000000-0000-7000-8000-000000000000'));
      await page.getByText('This conversation is not there').waitFor();
      await faultless(page);
      await toList();
    });

    it('beginning a conversation: nobody found, a public group, and making one', async () => {
      await button('New conversation').first().click();
      await page.getByRole('searchbox', { name: 'Find people' }).fill('zz');
      await page.getByText(/Nobody else’s name/).waitFor();
      await faultless(page);
      await page.getByRole('tab', { name: 'Public groups' }).click();
      await page.getByRole('searchbox', { name: 'Find groups' }).waitFor();
      await faultless(page);
      await page.getByRole('tab', { name: 'New group' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill(`Group of ${me}`);
      await page.getByRole('searchbox', { name: 'Invite people' }).fill('bo');
      await button('Invite bob').click();
      await faultless(page);
      await button('Create group').click();
      await page.getByText('Write the first message.').waitFor();
      await faultless(page);
    });

    it('a group: its members, a menu, inviting, its name, its history, and leaving', async () => {
      await button('About this group').click();
      await button('Change name and topic').click();
      await button('Invite').click();
      await button('History of changes').click();
      await page.getByText(`${me} invited bob`).waitFor();
      await faultless(page);
      await button('What to do with bob').click();
      await page.getByRole('menuitem').first().waitFor();
      await faultless(page);
      await page.keyboard.press('Escape');
      await page.getByRole('menuitem').first().waitFor({ state: 'detached' });
      await button('Leave group').click();
      await page.getByRole('alertdialog').waitFor();
      await faultless(page);
      await button('Cancel').click();
      await page.getByRole('alertdialog').waitFor({ state: 'detached' });
      await leave();
    });

    it('messages: one that is answered, reacted to, edited and deleted, and names to choose from', async () => {
      await say(page, 'first');
      await sees(page, 'first');
      await messageWith(page, 'first').focus();
      await button('React').first().click();
      await page.getByRole('group', { name: 'Choose a reaction' }).waitFor();
      await faultless(page);
      await button('React with 👍').click();
      await button('👍 1').waitFor();
      // What one can do with a message lies over the one before it.
      await say(page, 'between');
      await sees(page, 'between');
      await messageWith(page, 'first').focus();
      await button('Reply').first().click();
      await faultless(page);
      await say(page, 'second');
      await sees(page, 'second');
      await page.getByRole('textbox', { name: /^Message/ }).press('ArrowUp');
      await button('Stop editing').waitFor();
      await faultless(page);
      await button('Stop editing').click();
      await page.getByRole('textbox', { name: /^Message/ }).pressSequentially('@b');
      await page.getByRole('option', { name: 'bob' }).waitFor();
      await faultless(page);
      await page.keyboard.press('Escape');
      await page.getByRole('textbox', { name: /^Message/ }).fill('');
      await messageWith(page, 'second').focus();
      await messageWith(page, 'second').getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('alertdialog').waitFor();
      await faultless(page);
      await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByText('This message was deleted.').waitFor();
      await page.mouse.move(0, 0);
      await faultless(page);
      await toList();
    });

    it('a person, and a message that is on its way without a network', async () => {
      await writeTo(page, 'bob');
      await button('About bob').click();
      await button('Add to contacts').waitFor();
      await faultless(page);
      await leave();
      await page.context().setOffline(true);
      await page.getByText(/^You are offline/).waitFor();
      await say(page, 'on its way');
      await page.locator('[data-state="sending"]').first().waitFor();
      await faultless(page);
      await page.context().setOffline(false);
      await sees(page, 'on its way');
      await toList();
    });

    it('the account: sessions, the password, and its end', async () => {
      await button(/^Account of/).click();
      for (const part of ['Sessions', 'Change password', 'Delete account']) {
        await page.getByRole('button', { name: part, exact: true }).click();
        await page.locator('.section-body').getByRole('button').first().waitFor();
        await faultless(page);
      }
      await page.locator('.section-body').getByLabel('Password').fill('wrong');
      await button('Delete my account').click();
      await page.getByRole('alert').getByText(/wrong/i).waitFor();
      await faultless(page);
      await leave();
    });

    it('a page that waits for the server', async () => {
      await page.routeWebSocket(/\/ws$/, () => undefined);
      await page.reload();
      await page.getByText('Connecting').waitFor({ state: 'attached' });
      await faultless(page);
    });
  });

  it('has complained about nothing', () => {
    expect(chat.complaints).toEqual([]);
  });
});
