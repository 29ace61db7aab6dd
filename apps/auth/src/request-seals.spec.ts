import { createHmac, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  aboutSignIn,
  BoxSealer,
  newAccessKey,
  newPrivateKey,
  publicKeysOf,
  readPrivateKeys,
  readPublicKeys,
  Sealer,
} from '@parley/contracts';
import { type AuthKeyRing, RequestSeals } from './request-seals.js';

const [oldKey, newKey] = [readPrivateKeys(newPrivateKey('old')), readPrivateKeys(newPrivateKey('new'))];
const sealerTo = (keys: typeof oldKey) => new BoxSealer(readPublicKeys(publicKeysOf(keys))[0]!);
const seals = (...privateKeys: AuthKeyRing['privateKeys']) =>
  new RequestSeals({ privateKeys, sealingKey: undefined });
const USER = randomUUID();
const ada = { username: 'Ada', address: '192.0.2.7' };

/** A sign-in as a gateway seals it. */
async function sealed(keys = oldKey, requestKey = 'r1') {
  const about = aboutSignIn('signIn', ada, requestKey);
  const { box, answers } = await sealerTo(keys).seal({ password: 'secret' }, about);
  return { request: { ...ada, secrets: box }, answers };
}

describe('RequestSeals', () => {
  it('opens the password of a request, and seals the access key for its gateway alone', async () => {
    const [{ request, answers }, other] = await Promise.all([sealed(), sealed()]);
    const opened = await seals(...oldKey).open('signIn', request, 'r1');
    expect(opened.password).toBe('secret');
    const accessKey = opened.accessKey(USER);
    expect(answers.open(opened.seal(accessKey))).toBe(accessKey);
    expect(() => other.answers.open(opened.seal(accessKey))).toThrow();
  });

  it('gives a request one access key on replicas whose lists of keys differ', async () => {
    const { request } = await sealed();
    const replicas = [seals(...oldKey), seals(...newKey, ...oldKey), seals(...oldKey, ...newKey)];
    const opened = await Promise.all(replicas.map((replica) => replica.open('signIn', request, 'r1')));
    expect(new Set(opened.map((each) => each.accessKey(USER))).size).toBe(1);
  });

  it('opens nothing for another request, name, address or kind of request', async () => {
    const { request } = await sealed();
    const others = [
      ['signIn', request, 'r2'],
      ['signUp', request, 'r1'],
      ['signIn', { ...request, username: 'Bob' }, 'r1'],
      ['signIn', { ...request, address: '192.0.2.8' }, 'r1'],
    ] as const;
    for (const [type, moved, key] of others)
      await expect(seals(...oldKey).open(type, moved, key)).rejects.toThrow('for another request');
  });

  it('opens nothing that was sealed to a key that is not here', async () => {
    const { request } = await sealed();
    await expect(seals(...newKey).open('signIn', request, 'r1')).rejects.toThrow('not here');
  });

  describe('with the SEALING_KEY of the release before', () => {
    const sealingKey = randomBytes(32);
    const sealer = new Sealer(sealingKey);
    const request = { ...ada, password: sealer.seal('secret') };

    /** What every gateway could compute, as it holds SEALING_KEY and knows its own requests and their users. */
    const computed = newAccessKey(
      USER,
      createHmac('sha256', Buffer.from(hkdfSync('sha256', sealingKey, '', 'access keys', 32)))
        .update(`r1\n${USER}`)
        .digest(),
    );

    it('gives a gateway of that release no access key that gateways can compute', async () => {
      const opened = await new RequestSeals({ privateKeys: oldKey, sealingKey }).open(
        'signIn',
        request,
        'r1',
      );
      expect(opened.password).toBe('secret');
      const accessKey = opened.accessKey(USER);
      expect(accessKey).not.toBe(computed);
      expect(sealer.open(opened.seal(accessKey))).toBe(accessKey);
    });

    it('gives the same access keys as that release while there is no private key', async () => {
      const opened = await new RequestSeals({ privateKeys: [], sealingKey }).open('signIn', request, 'r1');
      expect(opened.accessKey(USER)).toBe(computed);
    });

    it('opens nothing of that release once the key is gone', async () => {
      await expect(seals(...oldKey).open('signIn', request, 'r1')).rejects.toThrow('SEALING_KEY');
    });
  });
});
