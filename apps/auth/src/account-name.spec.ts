import { beforeEach, describe, expect, it } from '@jest/globals';
import { accountNamed } from './account-name.js';
import { InMemoryCredentials } from './fixtures/in-memory-credentials.js';

describe('accountNamed', () => {
  let credentials: InMemoryCredentials;
  const accountOf = (Username: string) =>
    credentials.create({ user: { UUID: `of ${Username}`, Username }, passwordHash: 'hash', places: [] });
  beforeEach(() => {
    credentials = new InMemoryCredentials();
  });

  it.each(['Ada Lovelace', 'ADA LOVELACE', ' Ada\u3000Lovelace ', 'Ａｄａ Lovelace'])(
    'finds the account of %j',
    async (asked) => {
      const credential = await accountOf('Ada Lovelace');
      expect(await accountNamed(credentials, asked)).toMatchObject({ credential });
    },
  );

  it('names each spelling as the account, so that guesses are counted together', async () => {
    await accountOf('Ada');
    for (const asked of [' ada', 'ａda', 'ada\u00a0'])
      expect((await accountNamed(credentials, asked)).username).toBe('ada');
  });

  it.each([' Ada', 'Ａda', 'ad\u200bmin', '\u3164'])(
    'finds an account that is older than the rule, as it is: %j',
    async (name) => {
      await accountOf('Ada');
      const credential = await accountOf(name);
      expect(await accountNamed(credentials, name)).toEqual({ username: name, credential });
    },
  );

  it('maps the name of a new account', async () => {
    expect(await accountNamed(credentials, ' Ａｄａ  L ')).toEqual({ username: 'Ada L' });
  });

  it.each(['ad\u200bmin', '\u202eadmin', 'admin\u3164', 'Ａdmin\u2800'])(
    'refuses %j as taken when only what is unseen differs, and as invalid when nobody has it',
    async (asked) => {
      expect((await accountNamed(credentials, asked)).refusal).toMatchObject({ name: 'INVALID_FIELD' });
      await accountOf('Admin');
      const { credential, refusal } = await accountNamed(credentials, asked);
      expect(credential).toBeUndefined();
      expect(refusal).toMatchObject({ name: 'USERNAME_TAKEN' });
    },
  );
});
