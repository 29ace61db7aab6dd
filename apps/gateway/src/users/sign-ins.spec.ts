import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  type AuthContract,
  aboutSignIn,
  BoxOpener,
  type NamedKey,
  newPrivateKey,
  publicKeysOf,
  readPrivateKeys,
  readPublicKeys,
  Sealer,
  type SharedKeySignInRequest,
  type SignInRequest,
  UnopenedError,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { createLogger } from '@parley/service-kit';
import { type Answers, fakeService } from '../pacing/fixtures/fake-services.js';
import { SealedRequests } from './sealed-requests.js';
import { SignIns } from './sign-ins.js';

const [oldKey, newKey] = [readPrivateKeys(newPrivateKey('old')), readPrivateKeys(newPrivateKey('new'))];
const publicKeys = readPublicKeys(publicKeysOf([...newKey, ...oldKey]));
const sealingKey = randomBytes(32);
const credentials = { username: 'Ada', password: 'a password', address: '192.0.2.7' };
const answer = { user: { UUID: randomUUID(), Username: 'Ada' }, sessionId: 'a session', created: false };
const ACCESS_KEY = 'an access key';

/** An auth of this release with these private keys. */
function auth(...keys: typeof oldKey): Answers<AuthContract> {
  const opener = new BoxOpener(keys);
  return {
    'auth.signInSealed': async (request: SignInRequest) => {
      const about = aboutSignIn('signIn', request, 'k1');
      const opened = await opener.open(request.secrets, about, ['password']).catch((error) => error);
      if (opened instanceof UnopenedError) return { unopened: true } as const;
      expect(opened.secrets.password).toBe(credentials.password);
      return { ...answer, accessKey: opened.answers.seal(ACCESS_KEY) };
    },
  };
}

/** What an auth of the release before answers. */
const before: Answers<AuthContract> = {
  'auth.signInSealed': () => {
    throw new AppError('UNAVAILABLE', { cause: { code: 'NO_HANDLER' } });
  },
  'auth.signIn': ({ password }: SharedKeySignInRequest) => {
    const sealer = new Sealer(sealingKey);
    expect(sealer.open(password)).toBe(credentials.password);
    return { ...answer, accessKey: sealer.seal(ACCESS_KEY) };
  },
};

interface Ring {
  readonly publicKeys?: readonly NamedKey[];
  readonly sealingKey?: Buffer;
}

function setUp(answers: Answers<AuthContract>, ring: Ring = {}) {
  const service = fakeService<AuthContract>(answers);
  const keys = { publicKeys, sealingKey: undefined, ...ring };
  const sealed = new SealedRequests(keys.publicKeys, createLogger('test', 'fatal'));
  const signIns = new SignIns(service.client, sealed, keys.sealingKey);
  return { ...service, signIn: () => signIns.ask('signIn', credentials, () => 'k1') };
}

describe('a sign-in', () => {
  it('is sealed to the first key of auth, and its access key comes back sealed', async () => {
    const { signIn, asked } = setUp(auth(...newKey, ...oldKey));
    expect(await signIn()).toEqual({ ...answer, accessKey: ACCESS_KEY });
    expect(asked).toMatchObject([{ request: { username: 'Ada', secrets: { key: 'new' } } }]);
    expect(JSON.stringify(asked)).not.toContain(credentials.password);
  });

  it('is sealed to the next key where auth does not have the first', async () => {
    const { signIn, asked } = setUp(auth(...oldKey));
    expect(await signIn()).toMatchObject({ accessKey: ACCESS_KEY });
    expect(asked).toMatchObject([
      { request: { secrets: { key: 'new' } } },
      { request: { secrets: { key: 'old' } } },
    ]);
  });

  it('can be tried again when auth has none of the keys', async () => {
    const { signIn } = setUp(auth(...readPrivateKeys(newPrivateKey('new'))));
    await expect(signIn()).rejects.toMatchObject({ name: 'UNAVAILABLE', retryable: true });
  });

  it('reaches an auth of the release before only by SEALING_KEY', async () => {
    const withKey = setUp(before, { sealingKey });
    expect(await withKey.signIn()).toMatchObject({ accessKey: ACCESS_KEY });
    expect(withKey.asked.map(({ pattern }) => pattern)).toEqual(['auth.signInSealed', 'auth.signIn']);
    const without = setUp(before);
    await expect(without.signIn()).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(without.asked.map(({ pattern }) => pattern)).toEqual(['auth.signInSealed']);
  });

  it('uses no SEALING_KEY with an auth of this release', async () => {
    const { signIn, asked } = setUp({ ...before, ...auth(...newKey) }, { sealingKey });
    expect(await signIn()).toMatchObject({ accessKey: ACCESS_KEY });
    expect(asked.map(({ pattern }) => pattern)).toEqual(['auth.signInSealed']);
  });

  it('is asked as before by a gateway that has no key of auth', async () => {
    const { signIn, asked } = setUp(before, { publicKeys: [], sealingKey });
    expect(await signIn()).toMatchObject({ accessKey: ACCESS_KEY });
    expect(asked.map(({ pattern }) => pattern)).toEqual(['auth.signIn']);
  });
});
