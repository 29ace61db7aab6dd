import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { runAdmin } from '@parley/testing';
import type { Page } from 'playwright-core';
import { BrowserStack, faultsIn, picture, withChromium } from '../fixtures/browser.js';

jest.setTimeout(180_000);

withChromium("the operator's page in a browser", () => {
  let chat: BrowserStack;
  let ada: Page;
  let page: Page;

  beforeAll(async () => {
    chat = await BrowserStack.start();
    ada = await chat.signUp(0, 'ada');
    page = await chat.open(1);
    await page.goto(`${new URL(chat.stack.metrics['gateway-1']!).origin}/admin`);
  });
  afterAll(async () => {
    await chat?.stop();
    expect(chat?.complaints).toEqual([]);
  });

  it('refuses a wrong key, and opens with a right one by the keyboard', async () => {
    await page.getByLabel('Key').fill('pk_wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText(/./).waitFor();
    expect(await faultsIn(page)).toEqual([]);
    const scopes = 'status,webhooks,users:read,users:write,sessions,announce';
    const { out } = await runAdmin(chat.folder, 'keys-create', '--name', 'page', '--scopes', scopes);
    await page.getByLabel('Key').fill(out.split('\n')[0]!);
    await page.keyboard.press('Enter');
    await page.getByRole('rowheader', { name: 'channels' }).waitFor();
    await page.getByText('Connections', { exact: true }).first().waitFor();
    await picture(page, 'operator');
    expect(await faultsIn(page)).toEqual([]);
  });

  it('finds a user, bans and unbans, and ends sessions', async () => {
    await page.getByLabel('Name or UUID').fill('ad');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Show ada' }).press('Enter');
    await page.getByRole('list', { name: 'Sessions' }).getByRole('listitem').waitFor();
    expect(await faultsIn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Ban', exact: true }).press('Enter');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Ban' }).press('Enter');
    await page.getByText(/banned since/).waitFor();
    await ada.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.getByRole('button', { name: 'Lift the ban' }).press('Enter');
    await page.getByRole('button', { name: 'Ban', exact: true }).waitFor();
    await page.getByText('No session is open.').waitFor();
  });

  it('announces to everybody, and forgets the key', async () => {
    await page.getByLabel('Text for everybody who is signed in').fill('We restart at noon.');
    await page.keyboard.press('Enter');
    await page.getByText('Announced: We restart at noon.').waitFor();
    await page.reload();
    await page.getByRole('rowheader', { name: 'channels' }).waitFor();
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByLabel('Key').waitFor();
    expect(await page.evaluate(() => sessionStorage.length + localStorage.length)).toBe(0);
  });
});
