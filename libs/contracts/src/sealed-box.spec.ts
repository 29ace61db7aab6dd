import { describe, expect, it } from '@jest/globals';
import { newPrivateKey, publicKeysOf, readPrivateKeys, readPublicKeys } from './auth-keys.js';
import { BoxOpener, BoxSealer, UnopenedError } from './sealed-box.js';

const keys = readPrivateKeys(`${newPrivateKey('a')},${newPrivateKey('b')}`);
const [a, b] = readPublicKeys(publicKeysOf(keys)).map((key) => new BoxSealer(key));
const opener = new BoxOpener(keys);
const about = ['auth.signIn', 'Ada'];
const bytesOf = (box: string) => Buffer.from(box, 'base64url');

describe('a sealed box', () => {
  it('opens with the key that it names, and gives both sides one key for the answer', async () => {
    for (const sealer of [a!, b!]) {
      const { box, answers } = await sealer.seal({ password: 'pässword 😀' }, about);
      const opened = await opener.open(box, about, ['password']);
      expect(opened.secrets).toEqual({ password: 'pässword 😀' });
      expect(answers.open(opened.answers.seal('an access key'))).toBe('an access key');
    }
  });

  it('hides the secret and its length, differently each time', async () => {
    const [{ box: short }, { box: again }, { box: long }] = await Promise.all([
      a!.seal({ password: 'x' }, about),
      a!.seal({ password: 'x' }, about),
      a!.seal({ password: 'x'.repeat(200) }, about),
    ]);
    expect(short.box).not.toBe(again.box);
    expect(bytesOf(long.box)).toHaveLength(bytesOf(short.box).length);
    expect(bytesOf(long.box).toString('latin1')).not.toContain('xxx');
  });

  it('is refused without its key, about something else, altered, cut off, or without the secret', async () => {
    const { box } = await a!.seal({ password: 'secret' }, about);
    const altered = { ...box, box: box.box.slice(0, -4) + (box.box.endsWith('AAAA') ? 'BBBB' : 'AAAA') };
    const tries = [
      new BoxOpener(keys.slice(1)).open(box, about, ['password']),
      opener.open({ ...box, key: 'b' }, about, ['password']),
      opener.open(box, ['auth.signIn', 'Bob'], ['password']),
      opener.open(altered, about, ['password']),
      opener.open({ ...box, box: '' }, about, ['password']),
      opener.open(box, about, ['password', 'newPassword']),
    ];
    for (const each of tries) await expect(each).rejects.toThrow(UnopenedError);
  });

  it('shares no key for the answer with another box', async () => {
    const [one, other] = await Promise.all([a!.seal({}, about), a!.seal({}, about)]);
    const { answers } = await opener.open(one.box, about, []);
    expect(() => other.answers.open(answers.seal('an access key'))).toThrow();
  });
});
