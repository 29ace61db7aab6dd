import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { API_KEY } from '@parley/protocol';
import { apiKeyRef, newApiKey } from './api-key.js';
import { botUUIDOf, isBot, shownUser } from './bots.js';

describe('a key', () => {
  it('is read as what it was made with, and its secret is only hashed', () => {
    const { key, id, proof } = newApiKey();
    expect(apiKeyRef(key)).toEqual({ id, proof });
    expect(proof).toBe(hash('sha256', key.slice(-43)));
  });

  it('has one form, and every digit somewhere', () => {
    const keys = Array.from({ length: 200 }, () => newApiKey().key);
    for (const key of keys) expect(key).toMatch(API_KEY);
    expect(new Set(keys.join('').replaceAll('_', '')).size).toBe(62);
    expect(new Set(keys).size).toBe(200);
  });

  it.each(['', 'pk_a_b', `pk_${'a'.repeat(16)}_${'b'.repeat(42)}`, `pk_${'a'.repeat(16)}_${'-'.repeat(43)}`])(
    'is none where it is %j',
    (text) => {
      expect(apiKeyRef(text)).toBeUndefined();
    },
  );
});

describe('a bot', () => {
  const UUID = '7b8e0f5e-6d1c-5f6a-9a3e-000000000001';

  it('is known by its UUID, wherever it is shown', () => {
    const bot = botUUIDOf(UUID);
    expect(bot).toBe('7b8e0f5e-6d1c-8f6a-9a3e-000000000001');
    expect([isBot(bot), isBot(UUID)]).toEqual([true, false]);
    expect(shownUser({ UUID: bot, Username: 'b' }, true)).toEqual({
      ...{ UUID: bot, Username: 'b', OnLine: true, bot: true },
    });
    expect(shownUser({ UUID, Username: 'a' }, false)).toEqual({ UUID, Username: 'a', OnLine: false });
  });
});
