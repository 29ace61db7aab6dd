import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TestIssuer } from '@parley/testing';
import type { Page } from 'playwright-core';
import { BrowserStack, faultsIn, withChromium } from '../fixtures/browser.js';
import { openConversation, say, sees, writeTo } from '../fixtures/steps.js';

jest.setTimeout(180_000);

/** What the page asks the browser to show, and whether somebody looks at the page. */
interface Watched {
  notifications: Notification[];
  isHidden: boolean;
}

withChromium('an account in a browser', () => {
  const issuer = new TestIssuer();
  let chat: BrowserStack;
  let bob: Page;

  beforeAll(async () => {
    const TOKEN_JWKS_URL = await issuer.publish();
    chat = await BrowserStack.start({
      ...{ AUTH_METHODS: 'password,token', TOKEN_JWKS_URL },
      ...{ TOKEN_ISSUER: issuer.issuer, TOKEN_AUDIENCE: issuer.audience },
    });
    bob = await chat.signUp(1, 'bob');
  });
  afterAll(async () => {
    await chat?.stop();
    await issuer.stop();
  });

  const signIn = async (page: Page, password: string) => {
    await page.getByLabel('Name').fill('bob');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  const openAccount = (page: Page) => page.getByRole('button', { name: /^Account of/ }).click();

  describe('of a user of an identity provider', () => {
    let page: Page;

    beforeAll(async () => {
      page = await chat.open(0);
    });

    it('is refused a token that has run out, and says why', async () => {
      await page.getByRole('button', { name: /^Use a token/ }).click();
      await page.getByLabel('Token', { exact: true }).fill(issuer.token('tina', { exp: 1 }));
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText(/./).waitFor();
      expect(await faultsIn(page)).toEqual([]);
    });

    it('is signed in by a token under the name that the token gives, and stays so over a reload', async () => {
      await page
        .getByLabel('Token', { exact: true })
        .fill(issuer.token('tina', { preferred_username: 'Tina' }));
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Account of Tina' }).waitFor();
      await page.reload();
      await page.getByRole('button', { name: 'Account of Tina' }).waitFor();
    });

    it("is signed in by a link, and the token leaves the browser's address", async () => {
      const linked = await chat.open(1);
      const token = issuer.token('ulla', { preferred_username: 'Ulla' });
      await linked.goto('about:blank');
      await linked.goto(`${chat.stack.gateways[1]!.httpUrl}/#token=${encodeURIComponent(token)}`);
      await linked.getByRole('button', { name: 'Account of Ulla' }).waitFor();
      expect(linked.url()).not.toContain('token');
    });
  });

  describe('that is notified while nobody looks', () => {
    let page: Page;
    const notified = () =>
      page.evaluate(() =>
        (globalThis as unknown as Watched).notifications.map(({ title, body }) => `${title}: ${body}`),
      );
    const hide = (isHidden: boolean) =>
      page.evaluate((hidden) => {
        (globalThis as unknown as Watched).isHidden = hidden;
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    const unread = (name: string, count: number) =>
      page.getByRole('link', { name: new RegExp(`^${name}.*${count} unread`) }).waitFor();

    beforeAll(async () => {
      page = await chat.signUp(0, 'ada');
      await page.context().grantPermissions(['notifications']);
      await page.context().addInitScript(watch);
      await page.reload();
      await page.getByRole('link', { name: /^General/ }).waitFor();
    });

    it('hears of nothing before asking for it', async () => {
      await hide(true);
      await writeTo(bob, 'ada');
      await say(bob, 'Are you there?');
      await unread('bob', 1);
      expect(await notified()).toEqual([]);
    });

    it('hears of private messages and of mentions, and of nothing else', async () => {
      await hide(false);
      await openAccount(page);
      await page.getByLabel(/^Notify me/).check();
      await page.keyboard.press('Escape');
      await hide(true);
      await say(bob, 'Still not?');
      await unread('bob', 2);
      await openConversation(bob, 'General');
      await say(bob, 'Nobody is meant');
      await say(bob, 'Hello @ada');
      await unread('General', 2);
      expect(await notified()).toEqual(['bob: Still not?', 'bob in General: Hello @ada']);
    });

    it('comes to the conversation by a click on it', async () => {
      await hide(false);
      await page.evaluate(() =>
        (globalThis as unknown as Watched).notifications[1]!.dispatchEvent(new Event('click')),
      );
      await page.getByRole('heading', { level: 2, name: 'General' }).waitFor();
      await sees(page, 'Hello @ada');
    });

    it('hears of nothing while the page is looked at, nor once it is no longer wanted', async () => {
      const before = await notified();
      await openConversation(bob, 'ada');
      await say(bob, 'While you look');
      await unread('bob', 3);
      await openAccount(page);
      await page.getByLabel(/^Notify me/).uncheck();
      await page.keyboard.press('Escape');
      await hide(true);
      await say(bob, 'Unwanted');
      await unread('bob', 4);
      expect(await notified()).toEqual(before);
    });
  });

  describe('on two devices', () => {
    let device: Page;

    beforeAll(async () => {
      device = await chat.open(0);
      await signIn(device, 'the password of bob');
      await device.getByRole('link', { name: /^General/ }).waitFor();
    });

    it('changes the password, refuses a wrong one, and ends the other session', async () => {
      await openAccount(bob);
      await bob.getByRole('button', { name: 'Change password' }).click();
      const form = bob.getByRole('form', { name: 'Change password' });
      await form.getByLabel('Current password').fill('wrong');
      await form.getByLabel('New password').fill('another password');
      await form.getByRole('button').click();
      await form.getByRole('alert').getByText(/wrong/i).waitFor();
      expect(await faultsIn(bob)).toEqual([]);
      await form.getByLabel('Current password').fill('the password of bob');
      await form.getByRole('button').click();
      await bob.getByText('The password is changed. Your other sessions have ended.').waitFor();
      await device.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
      await signIn(device, 'the password of bob');
      await device.getByRole('alert').getByText(/wrong/i).waitFor();
      await signIn(device, 'another password');
      await device.getByRole('link', { name: /^General/ }).waitFor();
    });

    it('lists the sessions, and ends another one', async () => {
      await bob.getByRole('button', { name: 'Sessions' }).click();
      await bob.getByText('This session').waitFor();
      await bob.getByRole('button', { name: /^End the session/ }).click();
      await device.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
      await bob.getByText('Another session').waitFor({ state: 'detached' });
    });

    it('signs out everywhere, and is not signed in by a reload', async () => {
      await signIn(device, 'another password');
      await device.getByRole('link', { name: /^General/ }).waitFor();
      await bob.getByRole('button', { name: 'Sign out everywhere' }).click();
      for (const page of [bob, device]) {
        await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
        await page.reload();
        await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
      }
      expect(chat.complaints).toEqual([]);
    });
  });
});

/** Runs in the page before it: a browser without a screen shows no notification, and no window of it is ever hidden. */
function watch(): void {
  const watched: Watched = { notifications: [], isHidden: false };
  const Native = Notification;
  class Kept extends Native {
    constructor(title: string, options?: NotificationOptions) {
      super(title, options);
      watched.notifications.push(this);
    }
  }
  Object.assign(globalThis, watched, { Notification: Kept });
  Object.defineProperty(document, 'visibilityState', {
    get: () => ((globalThis as unknown as Watched).isHidden ? 'hidden' : 'visible'),
  });
}
