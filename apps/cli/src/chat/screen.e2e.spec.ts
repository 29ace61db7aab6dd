import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { LiveChat } from '../fixtures/live-chat.js';
import type { Person } from '../fixtures/parley.js';
import { hasTerminals, KEY, Screen } from '../fixtures/screen.js';

jest.setTimeout(240_000);

const inTerminals = hasTerminals ? describe : describe.skip;

inTerminals('the full screen in a terminal', () => {
  let chat: LiveChat;
  let ada: Person;
  let bob: Person;
  const screens: Screen[] = [];

  beforeAll(async () => {
    chat = await LiveChat.start();
    ada = await chat.member('ada');
    bob = await chat.member('bob');
  });

  afterEach(() => {
    for (const screen of screens.splice(0)) screen.end();
  });
  afterAll(() => chat?.stop());

  const open = (person: Person, args: string[] = [], size: { columns?: number; rows?: number } = {}) => {
    const screen = Screen.open(person.commandLine(...args), {
      folder: chat.folder,
      env: person.environment,
      ...size,
    });
    screens.push(screen);
    return screen;
  };

  /** The rows of the list of conversations. */
  const list = (screen: Screen) => screen.rows.slice(1, -5).map((row) => row.slice(0, 20).trimEnd());
  /** How often the text stands on the screen. */
  const count = (screen: Screen, text: string) => screen.text.split(text).length - 1;
  const send = async (screen: Screen, text: string) => {
    screen.type(text);
    await screen.shows(`> ${text}`);
    screen.type(KEY.enter);
    await screen.shows(new RegExp(`\\d\\d:\\d\\d \\w+: ${text}`));
  };

  it('is drawn on a screen of its own, takes messages, and leaves the terminal as it was', async () => {
    const screen = open(ada);
    await screen.shows('? help');
    expect(screen.isOther).toBe(true);
    expect(screen.rows[0]).toContain('general');
    expect(screen.rows[0]).toContain(`ada at ${chat.url}`);
    expect(list(screen)[0]).toBe('›general');
    await send(screen, 'hello from the screen');
    expect(count(screen, 'hello from the screen')).toBe(1);

    screen.type(KEY.ctrlC);
    expect(await screen.code).toBe(0);
    expect(screen.isOther).toBe(false);
    expect(screen.rows[0]).toBe('before$');
    expect(await screen.settings()).toMatch(/ icanon /);
    expect(await screen.settings()).toMatch(/ echo /);
    expect(screen.written.endsWith('\u001b[?25h')).toBe(true);
  });

  it('shows live messages, who is writing, and what is unread elsewhere', async () => {
    const [hers, his] = [open(ada), open(bob, ['chat', 'general'])];
    await Promise.all([hers.shows('? help'), his.shows('? help')]);
    his.type('I am wri');
    await hers.shows('bob is writing…');
    his.type('ting');
    await his.shows('> I am writing');
    his.type(KEY.enter);
    await hers.shows(/bob: I am writing/);
    await hers.until((text) => !text.includes('bob is writing'), 60_000, 'nobody who is writing');

    his.type('/msg ada');
    await his.shows('> /msg ada');
    his.type(KEY.enter);
    await his.shows(/^ada {3}bob at/m);
    await send(his, 'only for you');
    await hers.shows(/ bob +1/);
    expect(hers.text).toContain('1 unread');
    expect(hers.text).not.toContain('only for you');
    hers.type(KEY.shiftTab);
    await hers.shows(/bob: only for you/);
    await hers.until((text) => !text.includes('unread'), 60_000, 'nothing unread');
    await his.shows('only for you');
  });

  it('shows the help, and closes it at any key', async () => {
    const screen = open(ada);
    await screen.shows('? help');
    // Keys that come at once are keys all the same.
    screen.type(`ab${KEY.left}${KEY.left}c`);
    await screen.shows('> cab');
    screen.type(`${KEY.ctrlU}${KEY.ctrlK}?`);
    await screen.shows('Any key closes this.');
    for (const key of ['Enter', 'PgUp, PgDn', 'Ctrl-C', '/join GROUP']) expect(screen.text).toContain(key);
    screen.type('x');
    await screen.until((text) => !text.includes('Any key closes this.'));
    expect(screen.text).not.toContain('> x');
  });

  it('scrolls back through the history, page by page', async () => {
    const lines = Array.from({ length: 130 }, (_, index) => `note ${index + 1} of it`).join('\n');
    expect((await ada.run(['send', 'ada', '--lines'], `${lines}\n`)).code).toBe(0);
    const screen = open(ada, ['chat', 'ada']);
    await screen.shows('note 130 of it');
    expect(screen.text).not.toContain('note 100 of it');
    screen.type(KEY.pageUp);
    await screen.shows('note 100 of it');
    expect(screen.text).toContain('PgDn newer');
    await screen.until(
      (text) => {
        if (text.includes('note 1 of it')) return true;
        screen.type(KEY.pageUp);
        return false;
      },
      60_000,
      'the first note',
    );
    screen.type(KEY.escape);
    await screen.shows('note 130 of it');
    await screen.shows('? help');
  });

  it('follows the size of the window', async () => {
    const screen = open(ada);
    await screen.shows('? help');
    const long = 'a sentence of several words that is broken where it has to be '.repeat(3).trim();
    await ada.json('send', 'general', long);
    await screen.shows('where it has to be');
    await screen.resize(120, 40);
    await screen.until(() => screen.rows[38]!.includes('? help'), 60_000, 'the hints at the end of 40 rows');
    expect(list(screen)[0]).toBe('›general');
    await screen.resize(40, 12);
    const isNarrow = () =>
      screen.rows[10]!.includes('? help') && screen.rows.every(({ length }) => length <= 40);
    await screen.until(isNarrow, 60_000, 'the hints at the end of 12 rows, and none wider than 40 columns');
    expect(screen.text).not.toContain('›general');
    await screen.resize(80, 24);
    await screen.shows('›general');
  });

  it('obeys nothing that others write', async () => {
    const screen = open(ada);
    await screen.shows('? help');
    await bob.json('send', 'general', '\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u009b1mbold');
    await screen.shows('bob: ]0;owned[2J[31mred1mbold');
    expect(screen.written).not.toContain('\u001b]0;owned');
    expect(screen.rows[0]).toContain('general');
  });

  it('says that the connection is lost, and loses and doubles nothing', async () => {
    const screen = open(ada);
    await screen.shows('? help');
    await send(screen, 'before the break');
    const listening = bob.stream('listen', 'general');
    await listening.atLeast(1, 'listening');
    chat.killGateways();
    await screen.shows('Reconnecting…');
    screen.type('while it is broken');
    await screen.shows('> while it is broken');
    screen.type(KEY.enter);
    await screen.shows(/\d\d:\d\d ada: while it is broken/);
    await screen.until((text) => !text.includes('Reconnecting…'), 60_000, 'no banner');
    await bob.json('send', 'general', 'after the break');
    await screen.shows('bob: after the break');
    for (const text of ['before the break', 'while it is broken', 'after the break'])
      expect([text, count(screen, text)]).toEqual([text, 1]);
    const messages = await listening.atLeast(2, 'message');
    expect(messages.map(({ message }) => message.Message)).toEqual(['while it is broken', 'after the break']);
  });

  it.each(['SIGTERM', 'SIGHUP', '/quit'] as const)('restores the terminal after %s', async (ending) => {
    const screen = open(ada);
    await screen.shows('? help');
    if (ending === '/quit') {
      screen.type(ending);
      await screen.shows('> /quit');
      screen.type(KEY.enter);
    } else await screen.signal(ending);
    expect(await screen.code).toBe(0);
    expect(screen.isOther).toBe(false);
    expect(screen.rows[0]).toBe('before$');
    expect(await screen.settings()).toMatch(/ icanon /);
  });

  it('leaves it to login to ask for a password, and none is shown', async () => {
    const screen = open(chat.person('eve'), ['login', '--create']);
    await screen.shows('Name:');
    screen.type('eve\r');
    await screen.shows('Password:');
    screen.type('a secret\r');
    expect(await screen.code).toBe(0);
    expect(screen.text).toContain(`signed in at ${chat.url} as eve`);
    expect(screen.written).not.toContain('secret');
  });
});
