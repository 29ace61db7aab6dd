import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import {
  type AuthContract,
  aboutKeySignIn,
  type KeyOperations,
  type KeySignInReply,
  type KeyUse,
  newAccessKey,
  newApiKey,
  type OpenedKey,
  sessionOf,
} from '@parley/contracts';
import type { AppError, KeyScope } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import { testRedis } from '@parley/testing';
import { AccountsService } from '../accounts/accounts.service.js';
import { RunningAuth } from '../fixtures/running-auth.js';
import { AuthKeys } from '../redis/keys.js';
import { BOT_ISSUER } from '../tokens/issuer-rules.js';
import { Provisioning } from '../tokens/provisioning.js';
import { AuditRepository } from './audit.repository.js';
import { BotsService } from './bots.service.js';
import { KeysService } from './keys.service.js';

const NOT_VALID = { name: 'WRONG_TOKEN', message: 'The key is not valid.' };
const ISSUER = 'urn:test';

describe('keys of operators and bots', () => {
  let running: RunningAuth;
  let auth: ServiceClient<AuthContract>;
  let replica: INestMicroservice;

  beforeEach(async () => {
    running = new RunningAuth(testRedis());
    await running.users();
    replica = await running.replica({ KEY_AUDIT_ENTRIES: '100' });
    auth = running.client();
  });
  afterEach(() => running.stop());

  const make = async (...scopes: KeyScope[]) => {
    const key = newApiKey();
    const { id, proof } = key;
    await replica.get(KeysService).create({ id, proof, name: `with ${scopes}`, scopes }, 'test');
    return key;
  };
  const bot = async (username: string) => {
    const key = newApiKey();
    const { id, proof } = key;
    const request = { id, proof, name: username, username };
    const { user } = await replica.get(BotsService).create(request, randomUUID(), 'test');
    return { key, user };
  };
  const user = async (name: string) => {
    const asked = { issuer: ISSUER, subject: name, name };
    return (await replica.get(Provisioning).provision(asked, randomUUID())).user;
  };

  /** What each use opens, or the error. */
  const openAll = async (...uses: (Partial<KeyUse> & Pick<KeyUse, 'id' | 'proof'>)[]) => {
    const outcomes: (OpenedKey | AppError)[] = [];
    const asked = uses.map(({ id, proof, ...use }) => ({
      ...{ id, proof, operation: 'getUser', object: '/users/me' },
      ...use,
    }));
    const take = (place: number, outcome: OpenedKey | AppError) => {
      outcomes[place] = outcome;
    };
    await auth.askEach('auth.openKeys', { uses: asked }, { count: uses.length, take });
    return outcomes;
  };
  const audit = async (kind: 'operations' | 'acts') =>
    (await replica.get(AuditRepository).page({ kind, limit: 100 })).entries;

  const byKey = async <O extends keyof KeyOperations>(
    { id, proof }: { readonly id: string; readonly proof: string },
    operation: O,
    request: KeyOperations[O]['request'],
  ) => {
    const asked = { key: { id, proof }, operation, request };
    const reply = await auth.ask('auth.byKey', asked, { idempotencyKey: randomUUID() });
    return reply as KeyOperations[O]['reply'];
  };
  const signIn = async (token: string): Promise<KeySignInReply> => {
    const [address, idempotencyKey] = ['192.0.2.7', randomUUID()];
    const { box, answers } = await running.sealer.seal({ token }, aboutKeySignIn(address, idempotencyKey));
    const reply = await auth.ask('auth.signInByKey', { address, secrets: box }, { idempotencyKey });
    if ('unopened' in reply) throw new Error('auth could not open it');
    return { ...reply, accessKey: answers.open(reply.accessKey) };
  };

  describe('proof', () => {
    it('is refused in one way for a wrong secret, an unknown key and a revoked one', async () => {
      const [key, revoked, other] = [await make('status'), await make('status'), newApiKey()];
      await replica.get(KeysService).revoke(revoked.id);
      const opened = await openAll(
        { ...key, scope: 'status' },
        { ...key, proof: other.proof, scope: 'status' },
        { ...other, scope: 'status' },
        { ...revoked, scope: 'status' },
      );
      expect(opened).toMatchObject([{ id: key.id, scopes: ['status'] }, NOT_VALID, NOT_VALID, NOT_VALID]);
    });

    it('is refused once the key has expired', async () => {
      const { id, proof } = newApiKey();
      await replica
        .get(KeysService)
        .create({ id, proof, name: 'brief', scopes: ['status'], lifeMs: 1 }, 'test');
      const [refused] = await openAll({ id, proof, scope: 'status' });
      expect(refused).toMatchObject({ name: 'WRONG_TOKEN', message: 'The key has expired.' });
    });

    it('is nothing that is stored', async () => {
      const { id, proof, key } = await make('act');
      const redis = running.redis.connect();
      const stored = await redis.hgetall(`${running.redis.prefix}:auth:{keys}:key:${id}`);
      await redis.quit();
      expect(stored).toMatchObject({ scopes: 'act', createdBy: 'test' });
      for (const secret of [proof, key.slice(-43)]) expect(JSON.stringify(stored)).not.toContain(secret);
      const [refused] = await openAll({ id, proof: stored['hash']! });
      expect(refused).toMatchObject(NOT_VALID);
    });
  });

  it('are listed, the newest first, with their last use, and made again as they are', async () => {
    const [first, second] = [await make('act'), await make('keys', 'act')];
    await openAll({ ...second, scope: 'keys' });
    const { id, proof } = first;
    await replica.get(KeysService).create({ id, proof, name: 'again', scopes: ['act'] }, 'test');
    const listed = await replica.get(KeysService).list();
    expect(listed).toMatchObject([
      { id: second.id, scopes: ['act', 'keys'], lastUsedAt: expect.any(Number) },
      { id: first.id, name: 'with act' },
    ]);
    expect(listed[1]).not.toHaveProperty('lastUsedAt');
    const another = { id, proof: second.proof, name: 'x', scopes: [] };
    await expect(replica.get(KeysService).create(another, 'test')).rejects.toMatchObject({
      name: 'INVALID_FIELD',
    });
  });

  describe('of operators', () => {
    it('act as a user, named here or by the identity provider', async () => {
      const [key, ada] = [await make('act'), await user('Ada')];
      const opened = await openAll(
        { ...key, actAs: { userUUID: ada.UUID } },
        { ...key, actAs: { issuer: ISSUER, subject: 'Ada' } },
      );
      expect(opened).toMatchObject([{ user: { UUID: ada.UUID } }, { user: ada }]);
    });

    it('act as nobody who is unknown, banned or deleted', async () => {
      const [key, eve, old] = [await make('act'), await user('Eve'), await user('Old')];
      const accounts = replica.get(AccountsService);
      await accounts.bar('Eve', 'banned');
      await accounts.remove('Old', 'k');
      const opened = await openAll(
        { ...key, actAs: { userUUID: randomUUID() } },
        { ...key, actAs: { issuer: ISSUER, subject: 'nobody' } },
        { ...key, actAs: { userUUID: eve.UUID } },
        { ...key, actAs: { userUUID: old.UUID } },
        { ...key, actAs: { issuer: ISSUER, subject: 'Old' } },
      );
      expect(opened).toMatchObject([
        { name: 'USER_NOT_FOUND' },
        { name: 'USER_NOT_FOUND' },
        { name: 'FORBIDDEN', message: 'This account is banned.' },
        { name: 'FORBIDDEN', message: 'This account is deleted.' },
        { name: 'FORBIDDEN', message: 'This account is deleted.' },
      ]);
      expect((await audit('acts')).map(({ outcome }) => outcome).sort()).toEqual([
        ...['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'USER_NOT_FOUND', 'USER_NOT_FOUND'],
      ]);
    });

    it('do nothing without the scope for it, and as nobody nothing that users do', async () => {
      const [acting, status, ada] = [await make('act'), await make('status'), await user('Ada')];
      const actAs = { userUUID: ada.UUID };
      const opened = await openAll(
        { ...status, actAs },
        { ...acting, scope: 'status' },
        { ...acting },
        { ...status, scope: 'status', actAs },
      );
      for (const refused of opened) expect(refused).toMatchObject({ name: 'FORBIDDEN' });
    });

    it('are noted before what they do, and the outcome after it, without secrets', async () => {
      const [key, ada] = [await make('act', 'keys'), await user('Ada')];
      const [opened] = await openAll({
        ...{ ...key, operation: 'postMessage', object: '/channels/general/messages' },
        actAs: { userUUID: ada.UUID },
      });
      const entry = {
        ...{ at: expect.any(Number), keyId: key.id, keyName: 'with act,keys', actAs: ada.UUID },
        ...{ operation: 'postMessage', object: '/channels/general/messages' },
      };
      expect(await audit('acts')).toEqual([{ ...entry, outcome: 'unknown' }]);
      const outcomes = [{ ...(opened as OpenedKey).noted!, outcome: 'FORBIDDEN' }];
      for (let n = 0; n < 2; n += 1)
        await auth.askEach('auth.settleUses', { outcomes }, { count: 1, take: () => undefined });
      expect(await audit('acts')).toEqual([{ ...entry, outcome: 'FORBIDDEN' }]);
      expect(await replica.get(AuditRepository).page({ kind: 'acts', limit: 1 })).not.toHaveProperty(
        'cursor',
      );
      expect(await audit('operations')).toEqual([]);
      for (const secret of [key.proof, key.key.slice(-43)])
        expect(JSON.stringify(await audit('acts'))).not.toContain(secret);
    });

    it('are noted so often and no more, and read page by page', async () => {
      const key = await make('status');
      for (let n = 0; n < 12; n += 1)
        await openAll(
          ...Array.from({ length: 50 }, (_, m) => ({
            ...key,
            scope: 'status' as const,
            object: `${50 * n + m}`,
          })),
        );
      const repository = replica.get(AuditRepository);
      const objects: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await repository.page({ kind: 'operations', limit: 30, cursor });
        objects.push(...page.entries.map(({ object }) => object));
        cursor = page.cursor;
      } while (cursor !== undefined);
      // Redis drops whole nodes of a stream, of 100 entries by default.
      expect(objects.length).toBeGreaterThanOrEqual(100);
      expect(objects.length).toBeLessThan(300);
      expect(new Set(objects).size).toBe(objects.length);
      expect(new Set(objects.slice(0, 50))).toEqual(
        new Set(Array.from({ length: 50 }, (_, m) => `${550 + m}`)),
      );
      await expect(repository.page({ kind: 'acts', limit: 1, cursor: 'x' })).rejects.toMatchObject({
        name: 'INVALID_FIELD',
      });
    });

    it('do in auth what their scopes allow, whatever a gateway says', async () => {
      const [writing, reading] = [await make('users:write'), await make('users:read')];
      const users = [
        { issuer: ISSUER, subject: '1', name: 'Ada' },
        { issuer: ISSUER, subject: '' },
      ];
      const made = await byKey(writing, 'provisionUsers', { users });
      const again = await byKey(writing, 'provisionUsers', { users });
      expect(made.users).toMatchObject([
        { created: true, user: { Username: 'Ada' } },
        { error: 'INVALID_FIELD' },
      ]);
      expect(again.users[0]).toMatchObject({ created: false });
      const { user: ada } = made.users[0] as { user: { UUID: string } };
      const userUUID = ada.UUID;
      expect(await byKey(writing, 'bar', { userUUID, bar: 'banned' })).toEqual({ ended: 0 });
      expect(await byKey(reading, 'getAccount', { userUUID })).toMatchObject({
        ...{ user: ada, total: 0, external: { issuer: ISSUER, subject: '1' } },
        bars: { banned: expect.any(Number) },
      });
      expect(await byKey(writing, 'unbar', { userUUID, bar: 'banned' })).toEqual({ wasBarred: true });
      const forbidden = byKey(reading, 'deleteUser', { userUUID });
      await expect(forbidden).rejects.toMatchObject({ name: 'FORBIDDEN' });
      expect(await byKey(writing, 'deleteUser', { userUUID })).toEqual({ ended: 0 });
      const unknown = byKey(reading, 'getAccount', { userUUID: randomUUID() });
      await expect(unknown).rejects.toMatchObject({ name: 'USER_NOT_FOUND' });
      const wrong = byKey({ ...reading, proof: writing.proof }, 'getAccount', { userUUID });
      await expect(wrong).rejects.toMatchObject(NOT_VALID);
      const later = byKey(writing, 'fly' as 'bar', { userUUID, bar: 'banned' });
      await expect(later).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    });

    it('do nothing to somebody else who has got the name of the user meanwhile', async () => {
      const writing = await make('users:write', 'users:read');
      const [ada, bob] = [await user('Ada'), await user('Bob')];
      running.profiles.owners.set('bob', ada.UUID);
      const late = { name: 'UNAVAILABLE' };
      for (const operation of ['deleteUser', 'getAccount'] as const)
        await expect(byKey(writing, operation, { userUUID: ada.UUID })).rejects.toMatchObject(late);
      for (const operation of ['bar', 'unbar'] as const) {
        const request = { userUUID: ada.UUID, bar: 'banned' } as const;
        await expect(byKey(writing, operation, request)).rejects.toMatchObject(late);
      }
      expect(await replica.get(AccountsService).stored('Bob')).toMatchObject({ user: bob, bars: {} });
    });

    it('make no users where only bots are', async () => {
      const users = [{ issuer: BOT_ISSUER, subject: '1', name: 'Robot' }];
      const refused = await byKey(await make('users:write'), 'provisionUsers', { users });
      expect(refused.users).toMatchObject([{ error: 'FORBIDDEN' }]);
    });

    it('give only scopes that they have', async () => {
      const key = await make('keys', 'status');
      const { id, proof } = newApiKey();
      const asked = { id, proof, name: 'x' };
      const more = byKey(key, 'createKey', { ...asked, scopes: ['act'] });
      await expect(more).rejects.toMatchObject({ name: 'FORBIDDEN' });
      const made = await byKey(key, 'createKey', { ...asked, scopes: ['status'] });
      expect(made).toMatchObject({ id, scopes: ['status'], createdBy: `with keys,status (${key.id})` });
    });
  });

  describe('of bots', () => {
    it('open what the bot may do, and nothing of operators', async () => {
      const { key, user: helper } = await bot('Helper');
      const opened = await openAll(
        { ...key },
        { ...key, scope: 'status' },
        { ...key, actAs: { userUUID: helper.UUID } },
      );
      expect(opened).toMatchObject([
        { user: helper, scopes: [] },
        { name: 'FORBIDDEN' },
        { name: 'FORBIDDEN' },
      ]);
      expect(helper.UUID.charAt(14)).toBe('8');
      expect(await audit('operations')).toEqual([]);
    });

    it('are made once by a request that is repeated, and not under a name that is taken', async () => {
      const { id, proof } = newApiKey();
      const request = { id, proof, name: 'Helper', username: 'Helper' };
      const bots = replica.get(BotsService);
      const [one, again] = [await bots.create(request, 'k', 'test'), await bots.create(request, 'k', 'test')];
      expect(again).toEqual(one);
      await user('Ada');
      const taken = bots.create({ ...request, username: 'ada' }, 'l', 'test');
      await expect(taken).rejects.toMatchObject({ name: 'USERNAME_TAKEN' });
    });

    it('sign in, until their key is revoked: then their sessions end, and those of another key go on', async () => {
      const { key, user: helper } = await bot('Helper');
      const { id, proof, key: second } = newApiKey();
      await replica.get(KeysService).create({ id, proof, name: 'second', botName: 'helper' }, 'test');
      const [one, two] = [await signIn(key.key), await signIn(second)];
      expect([one.user, one.created, one.token]).toEqual([helper, false, undefined]);
      const alive = async () => {
        const sessions = [one, two].map(({ accessKey }) => sessionOf(accessKey)!);
        return (await auth.ask('auth.openSessions', { sessions })).users;
      };
      expect(await alive()).toEqual([helper, helper]);
      expect(await replica.get(KeysService).revoke(key.id)).toEqual({ revoked: true, ended: 1 });
      expect(await alive()).toEqual([null, helper]);
      expect(await replica.get(KeysService).revoke(key.id)).toEqual({ revoked: false, ended: 0 });
      await expect(signIn(key.key)).rejects.toMatchObject(NOT_VALID);
      expect(await openAll({ ...key }, { id, proof })).toMatchObject([NOT_VALID, { user: helper }]);
    });

    it('end sessions that began long ago, too, when they are revoked', async () => {
      const { key, user: helper } = await bot('Helper');
      await signIn(key.key);
      const redis = running.redis.connect();
      const leftMs = await redis.pttl(new AuthKeys(running.redis.prefix).keySessions(helper.UUID));
      await redis.quit();
      // A session that is used lives on for any time. What is noted of it must not end before.
      expect(leftMs).toBe(-1);
    });

    it('open nothing while the bot is banned, and are gone after it is deleted', async () => {
      const { key } = await bot('Helper');
      const accounts = replica.get(AccountsService);
      await accounts.bar('Helper', 'banned');
      const banned = { name: 'FORBIDDEN', message: 'This account is banned.' };
      await expect(signIn(key.key)).rejects.toMatchObject(banned);
      expect(await openAll({ ...key })).toMatchObject([banned]);
      await accounts.unbar('Helper', 'banned');
      const ids = async () => (await replica.get(KeysService).list()).map(({ id }) => id);
      expect(await ids()).toContain(key.id);
      await accounts.remove('Helper', 'k');
      expect(await openAll({ ...key })).toMatchObject([{ name: 'WRONG_TOKEN' }]);
      expect(await ids()).not.toContain(key.id);
    });

    it('are refused where the key is an operator’s, or none', async () => {
      await expect(signIn((await make('act')).key)).rejects.toMatchObject({ name: 'WRONG_TOKEN' });
      await expect(signIn(newAccessKey(randomUUID()))).rejects.toMatchObject(NOT_VALID);
    });
  });
});
