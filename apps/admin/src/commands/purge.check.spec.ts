import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { eventually, TestClient } from '@parley/testing';
import { Redis } from 'ioredis';
import { EXIT, runCommand } from '../run-command.js';

jest.setTimeout(120_000);

const SECRET = 'what only ada knows';

/** Purges in a chat of real processes, with the operator's Redis user. Takes half a minute. */
describe('the commands that purge', () => {
  let folder: string;
  let stack: Stack;
  let redis: Redis;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-purge-'));
    stack = await startStack({ settings: { ...CHEAP_HASHING, PORT: '0', DATA_DIR: folder } });
    redis = new Redis(stack.redisUrl!);
    await useManySlots();
  });
  afterAll(async () => {
    redis?.disconnect();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(...line: string[]) {
    const said = { out: '', err: '' };
    const code = await runCommand(
      line,
      { REDIS_URL: stack.redisUrl },
      { out: (text) => (said.out += text), err: (text) => (said.err += text) },
    );
    return { code, ...said };
  }

  async function signIn(username: string) {
    const client = await TestClient.connect(stack.gateways[0]!.url);
    const { authorized } = await client.ask({ type: 'signIn', signIn: { username, password: 'a password' } });
    return { client, userUUID: authorized.userUUID as string };
  }

  /** Takes users to many slots, where copies of their names have to be purged as well. */
  async function useManySlots(): Promise<void> {
    for (const place of ['users:{directory}', 'presence:{presence}'])
      await redis.set(`chat:${place}:many-from`, 1);
    await eventually(async () => {
      await (await signIn(randomUUID())).client.close();
      expect(await redis.keys('*:users:{directory-*}:names')).not.toEqual([]);
    });
  }

  /** Everything that Redis holds, as text, but for the requests and replies between the services. */
  async function everything(): Promise<string> {
    const keys = (await redis.keys('*')).filter((key) => !key.includes(':rpc:'));
    const texts = await Promise.all(keys.map(async (key) => `${key} ${await textOf(key)}`));
    return texts.join('\n');
  }

  async function textOf(key: string): Promise<string> {
    const type = await redis.type(key);
    if (type === 'stream') return JSON.stringify(await redis.xrange(key, '-', '+'));
    if (type === 'hash') return JSON.stringify(await redis.hgetall(key));
    if (type === 'set') return (await redis.smembers(key)).join();
    if (type === 'zset') return (await redis.zrange(key, 0, '-1')).join();
    return (await redis.get(key)) ?? '';
  }

  it('a user, of whom no text and no name is left, on open connections too', async () => {
    const [ada, bob] = [await signIn('Ada'), await signIn('bob')];
    const post = (from: typeof ada, message: string, recipientUUID = '') =>
      from.client.ask({ type: 'channelMessage', channelMessage: { message, recipientUUID } });
    for (const recipient of ['', bob.userUUID, ada.userUUID]) await post(ada, SECRET, recipient);
    await post(bob, 'to all');
    await post(bob, 'to ada', ada.userUUID);
    await ada.client.ask({ type: 'contactAdd', contactAdd: { userUUID: bob.userUUID } });
    await ada.client.ask({ type: 'block', block: { userUUID: bob.userUUID } });
    for (const kept of [SECRET, `{user:${ada.userUUID}}`]) expect(await everything()).toContain(kept);
    const asBob = { UUID: bob.userUUID, Username: 'bob' };
    const exported = await run('export', 'ada');
    expect(JSON.parse(exported.out)).toMatchObject({ contacts: [asBob], blocked: [asBob] });

    expect(await run('purge-user', 'ADA')).toMatchObject({
      ...{ code: EXIT.done, out: expect.stringContaining(`${ada.userUUID} is purged`) },
    });
    expect(await ada.client.closed).toMatchObject({ code: 4501 });
    await eventually(async () => {
      const left = await everything();
      for (const gone of [SECRET, 'Ada', 'to ada', `{user:${ada.userUUID}}`])
        expect(left).not.toContain(gone);
    });
    expect(await post(bob, 'hello', ada.userUUID)).toMatchObject({ error: { name: 'USER_NOT_FOUND' } });
    const joined = await bob.client.ask({ type: 'channelJoin', channelJoin: { limit: 10 } });
    expect(joined.channelJoin.messages).toMatchObject([
      { Message: 'to all' },
      { Message: '', SenderUUID: ada.userUUID, Sender: { Username: '' }, deletedAt: expect.any(String) },
    ]);
    // An interrupted purge goes on with the UUID; the name is free.
    expect(await run('purge-user', ada.userUUID)).toMatchObject({ code: EXIT.done });
    expect(await run('purge-user', 'Ada')).toMatchObject({
      ...{ code: EXIT.refused, err: expect.stringContaining('USER_NOT_FOUND') },
    });
    expect((await signIn('Ada')).userUUID).not.toBe(ada.userUUID);
    await bob.client.close();
  });

  it('a user of a Redis that is full', async () => {
    const dora = await signIn('dora');
    for (const recipientUUID of ['', dora.userUUID])
      await dora.client.ask({ type: 'channelMessage', channelMessage: { message: SECRET, recipientUUID } });
    await redis.config('SET', 'maxmemory', 1);
    try {
      expect(await run('purge-user', 'dora')).toMatchObject({ code: EXIT.done });
    } finally {
      await redis.config('SET', 'maxmemory', 0);
    }
    const left = await everything();
    for (const gone of [SECRET, 'dora']) expect(left).not.toContain(gone);
    await dora.client.drop();
  });

  it('a channel, whose members go on in another epoch', async () => {
    const { client } = await signIn('carol');
    const before = await client.ask({ type: 'subscribe', subscribe: {} });
    await client.ask({ type: 'channelMessage', channelMessage: { message: SECRET } });
    expect(await run('purge-channel', 'general')).toMatchObject({ code: EXIT.done });
    expect(await everything()).not.toContain(SECRET);
    await client.ask({ type: 'channelMessage', channelMessage: { message: 'after it' } });
    const after = await client.next((frame) => frame.channelMessage?.Message === 'after it');
    expect(after.channelMessage.Seq).toBe(1);
    expect((await client.ask({ type: 'subscribe', subscribe: {} })).subscribed.epoch).not.toBe(
      before.subscribed.epoch,
    );
    expect(await run('purge-channel', 'lobby')).toMatchObject({ code: EXIT.wrong });
    await client.close();
  });
});
