import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserStack, faultsIn, withChromium } from '../fixtures/browser.js';
import { openConversation, say, sees, writeTo } from '../fixtures/steps.js';

jest.setTimeout(180_000);

withChromium('contacts and the order of a group in a browser', () => {
  let chat: BrowserStack;
  let ada: Page;
  let bob: Page;

  beforeAll(async () => {
    chat = await BrowserStack.start();
    ada = await chat.signUp(0, 'ada');
    bob = await chat.signUp(1, 'bob');
  });
  afterAll(() => chat?.stop());

  const expectOffered = async (count: number) => {
    await ada.getByRole('button', { name: 'New conversation' }).first().click();
    await ada.getByRole('searchbox', { name: 'Find people' }).waitFor();
    expect(await ada.getByRole('button', { name: /^Write to/ }).count()).toBe(count);
    await ada.keyboard.press('Escape');
    await ada.getByRole('dialog').waitFor({ state: 'detached' });
  };
  const change = async (from: string, to: string) => {
    await ada.getByRole('button', { name: 'About bob' }).click();
    await ada.getByRole('button', { name: from, exact: true }).click();
    await ada.getByRole('button', { name: to, exact: true }).waitFor();
    expect(await faultsIn(ada)).toEqual([]);
    await ada.keyboard.press('Escape');
    await ada.getByRole('dialog').waitFor({ state: 'detached' });
  };
  const doTo = async (name: string, what: string) => {
    await ada.getByRole('button', { name: `What to do with ${name}` }).click();
    await ada.getByRole('menuitem', { name: what }).click();
  };

  it('a contact is offered before a name is written, and no longer once removed', async () => {
    await writeTo(ada, 'bob');
    await expectOffered(0);
    await change('Add to contacts', 'Remove from contacts');
    await expectOffered(1);
    await ada.reload();
    await ada.getByRole('heading', { level: 2, name: 'bob' }).waitFor();
    await ada.getByRole('button', { name: 'About bob' }).click();
    await ada.getByRole('button', { name: 'Remove from contacts' }).waitFor();
    await ada.keyboard.press('Escape');
    await change('Remove from contacts', 'Add to contacts');
    await expectOffered(0);
  });

  it('who is blocked cannot write, and learns why', async () => {
    await change('Block', 'Unblock');
    await ada.getByText('You have blocked this person.').waitFor();
    await writeTo(bob, 'ada');
    await say(bob, 'Hello?');
    await bob.getByText('This user does not accept your messages.').waitFor();
    expect(await faultsIn(bob)).toEqual([]);
    await ada.getByRole('button', { name: 'Unblock' }).click();
    await bob.getByRole('button', { name: 'Try again' }).click();
    await sees(ada, 'Hello?');
  });

  it('a member who is muted is told so, keeps what was written, and sends it afterwards', async () => {
    await makePublicGroup(ada, 'Gardeners');
    await bob.getByRole('button', { name: 'New conversation' }).first().click();
    await bob.getByRole('tab', { name: 'Public groups' }).click();
    await bob.getByRole('button', { name: 'Join Gardeners' }).click();
    await bob.getByRole('heading', { level: 2, name: 'Gardeners' }).waitFor();
    await ada.getByRole('button', { name: 'About this group' }).click();
    await doTo('bob', 'Mute for an hour');
    await ada.getByRole('dialog').getByText('muted').waitFor();
    await bob.getByText(/You are muted in Gardeners until/).waitFor();
    await say(bob, 'May I speak?');
    await bob.getByText(/^You may not write here until/).waitFor();
    expect(await faultsIn(bob)).toEqual([]);
    await doTo('bob', 'End the mute');
    await bob.getByText('You may write in Gardeners again.').waitFor();
    await bob.getByRole('button', { name: 'Try again' }).click();
    await bob.getByRole('button', { name: 'Try again' }).waitFor({ state: 'detached' });
    await ada.keyboard.press('Escape');
    await sees(ada, 'May I speak?');
  });

  it('an archived group says so to everybody, and nobody can write until it is brought back', async () => {
    await ada.getByRole('button', { name: 'About this group' }).click();
    await ada.getByRole('button', { name: 'Archive' }).click();
    await ada.getByRole('button', { name: 'Bring back' }).waitFor();
    expect(await faultsIn(ada)).toEqual([]);
    for (const page of [ada, bob]) {
      await page.getByText('This group is archived. Nothing can be written here.').waitFor();
      expect(await page.locator('textarea').count()).toBe(0);
    }
    const row = bob.locator('article', { hasText: 'May I speak?' });
    await row.hover();
    expect(await row.getByRole('button', { name: /^(React|Reply|Edit)/ }).count()).toBe(0);
    await ada.getByRole('button', { name: 'Bring back' }).click();
    await ada.keyboard.press('Escape');
    await say(bob, 'Spring');
    await sees(ada, 'Spring');
  });

  it('who is banned loses the group, is told so, and cannot come back', async () => {
    await ada.getByRole('button', { name: 'About this group' }).click();
    await doTo('bob', 'Ban');
    await bob.getByText('You are no longer a member of Gardeners.').waitFor();
    await bob.getByRole('link', { name: /^Gardeners/ }).waitFor({ state: 'detached' });
    await bob.getByRole('heading', { level: 2, name: 'This conversation is not there' }).waitFor();
    expect(await faultsIn(bob)).toEqual([]);
    await bob.getByRole('button', { name: 'New conversation' }).first().click();
    await bob.getByRole('tab', { name: 'Public groups' }).click();
    await bob
      .getByRole('dialog')
      .getByText('Gardeners')
      .or(bob.getByText(/no public groups/))
      .waitFor();
    expect(await bob.getByRole('button', { name: 'Join Gardeners' }).count()).toBe(0);
    await bob.keyboard.press('Escape');
    await ada.getByText('1 member', { exact: true }).last().waitFor();
  });

  it('who is let back by the history of changes can join again', async () => {
    await ada.getByRole('button', { name: 'History of changes' }).click();
    await ada.getByText('ada banned bob').waitFor();
    expect(await faultsIn(ada)).toEqual([]);
    await ada.getByRole('button', { name: 'Unban bob' }).click();
    await ada.getByText('ada let bob come back').waitFor();
    await bob.getByRole('button', { name: 'New conversation' }).first().click();
    await bob.getByRole('tab', { name: 'Public groups' }).click();
    await bob.getByRole('button', { name: 'Join Gardeners' }).click();
    await openConversation(bob, 'Gardeners');
    await sees(bob, 'Spring');
    expect(chat.complaints).toEqual([]);
  });
});

async function makePublicGroup(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await page.getByRole('tab', { name: 'New group' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByText('Everyone', { exact: true }).click();
  await page.getByRole('button', { name: 'Create group' }).click();
  await page.getByRole('heading', { level: 2, name }).waitFor();
}
