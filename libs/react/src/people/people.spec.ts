import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { User } from '@parley/protocol';
import { FakeClient, ME, me, OTHER, other } from '../fixtures/fake-client.js';
import { does, type Page, pageOf, settle } from '../fixtures/page.js';
import { People } from './people.js';
import { usePeople } from './use-people.js';
import { usePerson } from './use-person.js';
import { usePresence } from './use-presence.js';

const users = (count: number): User[] =>
  Array.from({ length: count }, (_, n) => ({ UUID: `u${n}`, Username: `user ${n}`, OnLine: n % 2 === 0 }));

describe('the users whom the hooks know', () => {
  let client: FakeClient;
  let page: Page;
  let found: string[];
  /** Those whom the server has. */
  let all: User[];
  let people: People;

  const sys = (type: 'signIn' | 'signOut', { UUID: uuid, Username: username } = other) =>
    client.emit('frame', { type: 'sys', sys: { type, [type]: { uuid, username } } } as never);

  beforeEach(() => {
    client = new FakeClient();
    found = [];
    all = [me, other];
    const findUser = async (userUUID: string) => {
      found.push(userUUID);
      const user = all.find(({ UUID }) => UUID === userUUID);
      if (user === undefined) throw new Error('USER_NOT_FOUND');
      return user;
    };
    people = new People(client.asClient, { findUser });
    page = pageOf(client, { people });
  });
  afterEach(() => page.close());

  it('are asked for one by one where no list names them, each once', async () => {
    client.contactList = [other];
    const shown = await page.show(() => [usePerson(OTHER), usePerson(ME), usePerson(ME), usePerson('x')]);
    expect(shown.now.map((person) => person?.Username)).toEqual(['other', 'me', 'me', undefined]);
    expect(found.sort()).toEqual([ME, 'x'].sort());
    expect([client.countOf('contacts'), client.countOf('users')]).toEqual([1, 1]);
  });

  it('are known from contacts that the application reads, each time that a connection begins', async () => {
    client.contactList = [other];
    const readContacts = () => client.contacts.list();
    people = new People(client.asClient, { readContacts });
    page = pageOf(client, { people });
    const shown = await page.show(() => usePerson(OTHER));
    expect(shown.now?.Username).toBe('other');
    expect(client.countOf('contacts')).toBe(1);
    await does(() => client.becomes('connecting', { code: 1006 }));
    await does(() => client.becomes('online'));
    expect(client.countOf('contacts')).toBe(2);
  });

  it('are asked for eight at a time', async () => {
    all = users(20);
    let [underWay, most] = [0, 0];
    people = new People(client.asClient, {
      findUser: async (userUUID) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve));
        underWay -= 1;
        return all.find(({ UUID }) => UUID === userUUID)!;
      },
    });
    page = pageOf(client, { people });
    const shown = await page.show(() => usePresence(all.map(({ UUID }) => UUID)));
    while (shown.now.size < all.length) await settle();
    expect(most).toBe(8);
    expect(shown.now.get('u1')).toBe(false);
  });

  it('are read again after a lost connection, as long as somebody shows them', async () => {
    const [one, two] = [await page.show(() => usePerson(OTHER)), await page.show(() => usePerson(ME))];
    await two.hide();
    found = [];
    await does(() => client.becomes('connecting', { code: 1006 }));
    all = [me, { ...other, OnLine: false }];
    expect(one.now?.OnLine).toBe(true);
    await does(() => client.becomes('online'));
    expect(one.now?.OnLine).toBe(false);
    expect(found).toEqual([OTHER]);
  });

  it('have a name once they have written, and are asked whether they are online', async () => {
    all = [];
    const [person, presence] = [await page.show(usePeople), await page.show(() => usePresence([OTHER]))];
    await does(() => client.write('hello', { by: other }));
    expect(person.now.get(OTHER)?.Username).toBe('other');
    expect(presence.now.size).toBe(0);
    await does(() => sys('signOut'));
    expect(presence.now.get(OTHER)).toBe(false);
  });

  it('keep what is known of them when they come and go', async () => {
    people.start();
    people.meet({ ...other, OnLine: false, Name: 'Somebody else' });
    sys('signIn');
    expect(people.get(OTHER)).toMatchObject({ Name: 'Somebody else', OnLine: true });
    people.stop();
  });

  it('are read when somebody wants to know of everyone', async () => {
    client.contactList = [other];
    const shown = await page.show(usePeople);
    expect([...shown.now.keys()]).toEqual([OTHER]);
    expect(found).toEqual([]);
  });

  it('are forgotten with the session', async () => {
    const shown = await page.show(() => usePerson(OTHER));
    expect(shown.now?.Username).toBe('other');
    await does(() => client.becomes('offline'));
    expect(shown.now).toBeUndefined();
    expect(people.known.value.size).toBe(0);
  });

  it('are not there if they are deleted', async () => {
    all = [{ ...other, Username: '' }];
    const shown = await page.show(() => usePerson(OTHER));
    expect(shown.now).toBeUndefined();
    expect(found).toEqual([OTHER]);
  });

  it('renders only where something has changed', async () => {
    const shown = await page.show(() => usePerson(OTHER));
    const renders = shown.all.length;
    await does(() => sys('signOut', me));
    expect(shown.all).toHaveLength(renders);
  });

  it('listen to the client until the last of those who need them is gone', () => {
    const before = client.listening;
    people.start();
    people.start();
    people.stop();
    expect(client.listening).toBeGreaterThan(before);
    people.stop();
    expect(client.listening).toBe(before);
  });

  it('are at most 10,000: the one heard of longest ago goes first', () => {
    people.start();
    people.meet(...users(10_000));
    people.meet({ ...users(1)[0]!, OnLine: false });
    people.meet(other);
    expect([people.known.value.size, people.get('u0')?.OnLine, people.get('u1')]).toEqual([
      10_000,
      false,
      undefined,
    ]);
    people.stop();
  });
});
