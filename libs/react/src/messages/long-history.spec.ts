import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CHANNEL, FakeClient } from '../fixtures/fake-client.js';
import { does, type Page, pageOf, settle } from '../fixtures/page.js';
import { useMessages } from './use-messages.js';

const SIZE = { windowSize: 6, slackSize: 3, pageSize: 3 };
const LINGER_MS = 30;

const numbersIn = ({ messages }: ReturnType<typeof useMessages>) =>
  messages.map(({ Message }) => Number(Message));
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe('a long history', () => {
  let client: FakeClient;
  let page: Page;

  const show = () => page.show(() => useMessages(CHANNEL));
  const write = (last: number) => {
    for (let n = client.log.length + 1; n <= last; n += 1) client.write(`${n}`);
  };
  const open = (more = {}) => {
    page = pageOf(client, { ...SIZE, lingerMs: LINGER_MS, ...more });
  };

  beforeEach(() => {
    client = new FakeClient();
    write(20);
    open();
  });
  afterEach(() => page.close());

  it('grows beyond its size while it moves, and lets go of one end when it rests', async () => {
    const list = await show();
    for (let pages = 0; pages < 2; pages += 1) await does(() => void list.now.loadOlder());
    expect(numbersIn(list.now)).toEqual(upTo(20, 12));
    await does(() => list.now.trim('older'));
    expect(numbersIn(list.now)).toEqual(upTo(17, 12));
    expect(list.now).toMatchObject({ hasOlder: true, hasNewer: true });
    await does(() => void list.now.loadNewer());
    await does(() => list.now.trim('newer'));
    expect(numbersIn(list.now)).toEqual(upTo(20, 15));
    expect(list.now).toMatchObject({ hasOlder: true, hasNewer: false });
    const before = list.now;
    await does(() => list.now.trim('newer'));
    expect(list.now).toBe(before);
  });

  it('that never rests lets go of one end before a page comes at the other', async () => {
    const list = await show();
    for (let pages = 0; pages < 2; pages += 1) await does(() => void list.now.loadOlder());
    client.hold('history');
    await does(() => void list.now.loadOlder());
    expect(numbersIn(list.now)).toEqual(upTo(17, 12));
    await does(() => client.release('history'));
    expect(numbersIn(list.now)).toEqual(upTo(17, 9));
    client.hold('history');
    await does(() => void list.now.loadNewer());
    expect(numbersIn(list.now)).toEqual(upTo(17, 12));
    await does(() => client.release('history'));
    expect(numbersIn(list.now)).toEqual(upTo(20, 12));
  });

  it('keeps the end that is read, as more messages come than it holds', async () => {
    const list = await show();
    await does(() => write(27));
    expect(numbersIn(list.now)).toEqual(upTo(27, 22));
    list.now.readsAt('older');
    await does(() => write(31));
    expect(numbersIn(list.now)).toEqual(upTo(27, 22));
    expect(list.now).toMatchObject({ hasOlder: true, hasNewer: true });
  });

  it('goes to a message that it does not hold, reads on from there, and comes back', async () => {
    const list = await show();
    client.hold('history');
    await does(() => void list.now.openAt(5));
    expect([list.now.status, numbersIn(list.now)]).toEqual(['ready', [18, 19, 20]]);
    await does(() => client.edits('m4', '44'));
    await does(() => client.release('history'));
    expect(numbersIn(list.now)).toEqual([3, 44, 5]);
    await does(() => write(21));
    await does(() => void list.now.loadNewer());
    expect(numbersIn(list.now)).toEqual([3, 44, 5, 6, 7, 8]);
    await does(() => void list.now.toNewest());
    expect(numbersIn(list.now)).toEqual([19, 20, 21]);
    expect(list.now.hasNewer).toBe(false);
  });

  it('stays where it is when it cannot go to a message', async () => {
    const list = await show();
    client.refuse('history', 'INTERNAL');
    await does(() => void list.now.openAt(5));
    expect([list.now.status, numbersIn(list.now)]).toEqual(['ready', [18, 19, 20]]);
    expect(list.now.error).toMatchObject({ name: 'INTERNAL' });
  });

  it('that is loaded again meanwhile shows the newest messages', async () => {
    const list = await show();
    client.hold('history');
    await does(() => void list.now.openAt(5));
    await does(() => void list.now.reload());
    await does(() => client.release('history'));
    expect(numbersIn(list.now)).toEqual([18, 19, 20]);
    expect(list.now.hasNewer).toBe(false);
  });

  it('begins at the newest messages for a user who comes back', async () => {
    const list = await show();
    await does(() => void list.now.openAt(5));
    await list.hide();
    client.hold('history');
    const again = await show();
    expect([again.now.status, numbersIn(again.now)]).toEqual(['loading', []]);
    await does(() => client.release('history'));
    expect([again.now.status, numbersIn(again.now)]).toEqual(['ready', [18, 19, 20]]);
  });

  it('stays subscribed where the application wants that', async () => {
    await page.close();
    client = new FakeClient();
    open({ keepsSubscriptions: true });
    const list = await show();
    const { listening } = client;
    await list.hide();
    while (client.listening === listening) await settle();
    expect(client.countOf('unsubscribe')).toBe(0);
  });
});
