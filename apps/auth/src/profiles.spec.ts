import { describe, expect, it } from '@jest/globals';
import { AppError } from '@parley/protocol';
import { PROFILES_REMEMBERED, RegisteredProfiles } from './profiles.js';

const users = () => {
  const asked: string[] = [];
  const taken = new Set<string>();
  const ask = async (_: string, user: { UUID: string }) => {
    asked.push(user.UUID);
    if (taken.has(user.UUID)) throw new AppError('USERNAME_TAKEN');
    return user as never;
  };
  return { asked, taken, ask: ask as never };
};
const user = (UUID: string) => ({ UUID, Username: UUID });

describe('RegisteredProfiles', () => {
  it('asks once per user', async () => {
    const service = users();
    const profiles = new RegisteredProfiles(service);
    for (const UUID of ['a', 'b', 'a']) await profiles.ensure(user(UUID));
    expect(service.asked).toEqual(['a', 'b']);
  });

  it('asks again after a refusal', async () => {
    const service = users();
    service.taken.add('a');
    const profiles = new RegisteredProfiles(service);
    await expect(profiles.ensure(user('a'))).rejects.toMatchObject({ name: 'USERNAME_TAKEN' });
    service.taken.clear();
    await profiles.ensure(user('a'));
    expect(service.asked).toEqual(['a', 'a']);
  });

  it('remembers a bounded number of users, the most recent ones', async () => {
    const service = users();
    const profiles = new RegisteredProfiles(service);
    const all = Array.from({ length: PROFILES_REMEMBERED + 1 }, (_, index) => `${index}`);
    for (const UUID of all) await profiles.ensure(user(UUID));
    service.asked.length = 0;
    for (const UUID of [...all.slice(-2), '1', '0']) await profiles.ensure(user(UUID));
    expect(service.asked).toEqual(['0']);
  });
});
