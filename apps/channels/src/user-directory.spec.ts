import { randomUUID } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@parley/testing';
import { KnownPeople, newUser } from './fixtures/people.js';
import { REFRESH_MS, type UserDirectory } from './user-directory.js';

describe('UserDirectory', () => {
  let people: KnownPeople;
  let directory: UserDirectory;
  beforeEach(() => {
    people = new KnownPeople();
    directory = people.directory();
  });

  it('asks once for all users of one turn of the event loop, each user once', async () => {
    const [ada, bob, eve] = [people.add(newUser()), people.add(newUser(), false), people.add(newUser())];
    const [first, second, third] = await Promise.all([
      directory.find([ada.UUID, bob.UUID, ada.UUID]),
      directory.find([bob.UUID]),
      directory.findNames([eve.UUID]),
    ]);
    expect(people.lookups).toEqual([[ada.UUID, bob.UUID, eve.UUID]]);
    expect([...first.values()]).toEqual([
      { ...ada, OnLine: true },
      { ...bob, OnLine: false },
    ]);
    expect([...second.keys()]).toEqual([bob.UUID]);
    expect([...third.keys()]).toEqual([eve.UUID]);
  });

  it('keeps names for good, and presence for a second', async () => {
    const ada = people.add(newUser(), false);
    let now = 1_000_000;
    directory = people.directory({ now: () => now });
    await directory.find([ada.UUID]);
    people.add(ada, true);
    now += 900;
    expect((await directory.find([ada.UUID])).get(ada.UUID)).toEqual({ ...ada, OnLine: false });
    now += 200;
    await directory.findNames([ada.UUID]);
    expect(people.lookups).toHaveLength(1);
    expect((await directory.find([ada.UUID])).get(ada.UUID)).toEqual({ ...ada, OnLine: true });
    expect(people.lookups).toHaveLength(2);
  });

  it('does not remember that a user is unknown', async () => {
    const eve = newUser();
    expect((await directory.find([eve.UUID])).size).toBe(0);
    people.add(eve);
    expect((await directory.find([eve.UUID])).size).toBe(1);
  });

  it('asks for at most 1,000 users at once', async () => {
    await directory.find(Array.from({ length: 2_500 }, () => randomUUID()));
    expect(people.lookups.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  });

  it('does not ask when no user is wanted', async () => {
    expect((await directory.find([])).size).toBe(0);
    expect(people.lookups).toEqual([]);
  });

  it('fails when the users service does, and works again afterwards', async () => {
    const ada = people.add(newUser());
    people.fail(new Error('away'));
    await expect(directory.find([ada.UUID])).rejects.toThrow('away');
    people.fail();
    expect((await directory.find([ada.UUID])).has(ada.UUID)).toBe(true);
  });

  describe('at a glance', () => {
    it('uses presence for ten seconds, and looks it up after the answer once it is a second old', async () => {
      const { people, directory, clock, ada } = glancing();
      expect(await directory.glance(ada.UUID)).toEqual({ ...ada, OnLine: true });
      people.add(ada, false);
      clock.value = 900;
      expect(await directory.glance(ada.UUID)).toEqual({ ...ada, OnLine: true });
      expect(people.lookups).toHaveLength(1);
      clock.value = 9_000;
      expect(await directory.glance(ada.UUID)).toEqual({ ...ada, OnLine: true });
      await eventually(() => people.lookups.length === 2);
      expect(await directory.glance(ada.UUID)).toEqual({ ...ada, OnLine: false });
    });

    it('looks the presence of several up in one request', async () => {
      const { people, directory, clock, ada } = glancing();
      const [bob, eve] = [people.add(newUser('bob')), people.add(newUser('eve'))];
      await directory.find([ada.UUID, bob.UUID, eve.UUID]);
      clock.value = 5_000;
      await directory.glance(ada.UUID);
      await turns();
      await directory.glance(bob.UUID);
      await turns();
      await directory.glance(ada.UUID);
      await eventually(() => people.lookups.length === 2);
      expect(people.lookups[1]).toEqual([ada.UUID, bob.UUID]);
      clock.value = 7_000;
      await directory.glance(eve.UUID);
      // Who waits for another user takes along what nobody waits for.
      await directory.find([randomUUID()]);
      expect(people.lookups[2]).toContain(eve.UUID);
    });

    it('gathers once at a time, also after somebody has taken along what was gathered', async () => {
      const { people, directory, clock, ada } = glancing();
      const bob = people.add(newUser('bob'));
      await directory.find([ada.UUID, bob.UUID]);
      clock.value = 5_000;
      jest.useFakeTimers();
      try {
        await directory.glance(ada.UUID);
        await directory.find([randomUUID()]);
        await directory.glance(bob.UUID);
        expect(jest.getTimerCount()).toBe(1);
        jest.advanceTimersByTime(REFRESH_MS);
        await turns();
        expect(people.lookups[2]).toEqual([bob.UUID]);
        expect(jest.getTimerCount()).toBe(0);
      } finally {
        jest.useRealTimers();
      }
    });

    it('waits for a look-up when presence is older', async () => {
      const { people, directory, clock, ada } = glancing();
      await directory.glance(ada.UUID);
      people.add(ada, false);
      clock.value = 20_000;
      expect(await directory.glance(ada.UUID)).toEqual({ ...ada, OnLine: false });
    });

    it('uses what it knows when the service fails, but not for a user whose name it does not know', async () => {
      const { people, directory, clock, ada } = glancing();
      await directory.glance(ada.UUID);
      people.fail(new Error('away'));
      clock.value = 20_000;
      expect(await directory.glance(ada.UUID)).toEqual({ ...ada, OnLine: true });
      await expect(directory.glance(newUser().UUID)).rejects.toThrow('away');
    });

    it('does not wait for long for a user whose name it knows', async () => {
      const { people, directory, clock, ada } = glancing();
      await directory.glance(ada.UUID);
      people.hang();
      clock.value = 20_000;
      expect(await directory.glance(ada.UUID)).toEqual({ ...ada, OnLine: true });
    });

    it('finds no user who does not exist', async () => {
      const { directory } = glancing();
      expect(await directory.glance(newUser().UUID)).toBeUndefined();
    });
  });
});

/** Longer than a batch of one turn takes to be asked for. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await immediate();
}

/** A directory with a clock to set, and a user who is online. */
function glancing() {
  const people = new KnownPeople();
  const clock = { value: 1, now: () => clock.value };
  return { people, clock, directory: people.directory(clock), ada: people.add(newUser('ada')) };
}
