import { describe, expect, it } from '@jest/globals';
import { renameEarlier } from './earlier-keys.js';

const BOB = '00000000-0000-4000-8000-000000000001';
const GROUP = '00000000-0000-4000-8000-000000000002';
const post = (clientUUID: string) => ({ clientUUID, text: 'hello', at: '', state: 'sending' });

describe('what an earlier version kept', () => {
  const renamed = (kind: string, before: object) => {
    const items = new Map([[`parley.${kind}.me`, JSON.stringify(before)]]);
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    };
    renameEarlier(storage, 'me');
    return JSON.parse(items.get(`parley.${kind}.me`)!);
  };

  it('has the names of channels', () => {
    const before = { '/general': 'a', [`/person/${BOB}`]: 'b', [`/group/${GROUP}`]: 'c', other: 'd' };
    expect(renamed('drafts', before)).toEqual({ '@': 'a', [`@${BOB}`]: 'b', [GROUP]: 'c', other: 'd' });
  });

  it('stands beside what this version has kept', () => {
    expect(renamed('drafts', { '/general': 'earlier', '@': 'now' })).toEqual({ '@': 'now' });
    expect(renamed('pending', { '/general': [post('1')], '@': [post('2')] })).toEqual({
      '@': [post('1'), post('2')],
    });
  });

  it('is nothing where there is no storage', () => {
    expect(() => renameEarlier(undefined, 'me')).not.toThrow();
  });
});
