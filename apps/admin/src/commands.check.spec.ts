import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { runAdmin, TestClient } from '@parley/testing';

jest.setTimeout(180_000);

interface Account {
  readonly username: string;
  readonly password: string;
}

/** A connection of a user, and who the user is. */
interface Member extends Account {
  readonly client: TestClient;
  readonly userUUID: string;
}

describe("the operator's commands, on a running chat", () => {
  let folder: string;
  let stack: Stack;
  const clients: TestClient[] = [];
  let names = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-admin-'));
    const settings = { ...CHEAP_HASHING, PORT: '0', DATA_DIR: folder, GATEWAY_WORKERS: '2' };
    stack = await startStack({ settings, gatewayPorts: 'separate' });
  });

  afterAll(async () => {
    for (const { socket } of clients) socket.terminate();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const connect = async (): Promise<TestClient> => {
    const { url } = stack.gateways[clients.length % 2]!;
    const client = await TestClient.connect(url, { timeoutMs: 20_000 });
    clients.push(client);
    return client;
  };

  const signIn = async (account: Account) => {
    const client = await connect();
    return { client, answer: await client.ask({ type: 'signIn', signIn: { ...account } }) };
  };

  const member = async (): Promise<Member> => {
    names += 1;
    const account = { username: `member-${names}`, password: 'correct horse' };
    const { client, answer } = await signIn(account);
    return { ...account, client, userUUID: answer.authorized.userUUID };
  };

  const again = async ({ username, password }: Account) => signIn({ username, password });
  const done = async (...line: string[]): Promise<string> => {
    const { code, out, err } = await runAdmin(folder, ...line);
    expect([code, err]).toEqual([0, '']);
    return out;
  };

  it.each([
    ['ban', 'unban', 'banned', 4503],
    ['disable', 'enable', 'disabled', 4501],
  ])('%s lets nobody in until %s', async (bar, unbar, state, closeCode) => {
    const one = await member();
    const other = await again(one);
    expect(await done(bar, one.username)).toContain(`is ${state}; 2 sessions ended`);
    for (const { client } of [one, other]) expect((await client.closed).code).toBe(closeCode);
    expect((await again(one)).answer.error).toMatchObject({
      name: 'FORBIDDEN',
      message: `This account is ${state}.`,
    });
    expect(await done(unbar, one.username)).toContain(`is no longer ${state}`);
    expect(await done(unbar, one.username)).toContain(`is not ${state}`);
    expect((await again(one)).answer.authorized.userUUID).toBe(one.userUUID);
  });

  it('keeps a ban and a disabled account apart', async () => {
    const { username, password } = await member();
    await done('ban', username);
    await done('disable', username);
    await done('unban', username);
    expect((await again({ username, password })).answer.error.message).toBe('This account is disabled.');
    await done('enable', username);
    expect((await again({ username, password })).answer.type).toBe('authorized');
  });

  it('sessions-end closes every connection with 4501, and lets the user sign in again', async () => {
    const one = await member();
    expect(await done('sessions-end', one.username)).toContain('is signed out; 1 session ended');
    expect((await one.client.closed).code).toBe(4501);
    expect((await again(one)).answer.type).toBe('authorized');
  });

  it('export prints what is stored of an account, and nothing of others', async () => {
    const [one, other] = [await member(), await member()];
    const post = ({ client }: Member, message: string, recipientUUID = '') =>
      client.ask({ type: 'channelMessage', channelMessage: { recipientUUID, message } });
    const own = ['in general', 'in private', 'a note'];
    await post(one, own[0]!);
    await post(other, 'of another');
    await post(one, own[1]!, other.userUUID);
    await post(other, 'an answer', one.userUUID);
    await post(one, own[2]!, one.userUUID);
    // More than one page of the log, and most of it of another.
    for (let n = 0; n < 600; n += 1) await post(other, `of another, ${n}`);
    await post(one, 'at the end');
    await one.client.ask({ type: 'contactAdd', contactAdd: { userUUID: other.userUUID } });
    const blocked = await member();
    await one.client.ask({ type: 'block', block: { userUUID: blocked.userUUID } });
    const stored = JSON.parse(await done('export', one.username));
    expect(stored).toMatchObject({
      profile: { UUID: one.userUUID, Username: one.username, createdAt: expect.stringMatching(/Z$/) },
      bars: {},
      contacts: [{ UUID: other.userUUID, Username: other.username }],
      blocked: [{ UUID: blocked.userUUID, Username: blocked.username }],
      sessions: [
        { sessionUUID: expect.any(String), usedAt: expect.any(String), expiresAt: expect.any(String) },
      ],
    });
    const partners = stored.channels.map(({ partnerUUID }: { partnerUUID?: string }) => partnerUUID);
    expect(new Set(partners)).toEqual(new Set([undefined, other.userUUID, one.userUUID]));
    const texts = stored.messages.map(({ Message }: { Message: string }) => Message);
    expect(texts.sort()).toEqual([...own, 'at the end'].sort());
  });

  it('export-channel prints the messages of a channel as JSON lines, from any of them on', async () => {
    const [one, other] = [await member(), await member()];
    const seqs: number[] = [];
    let channelUUID = '';
    for (const message of ['first', 'second', 'third']) {
      const posted = await one.client.ask({
        type: 'channelMessage',
        channelMessage: { recipientUUID: other.userUUID, message },
      });
      seqs.push(posted.ack.Seq);
      channelUUID = posted.ack.ChannelUUID;
    }
    const textsOf = (out: string) => out.split('\n').map((line) => line && JSON.parse(line).Message);
    expect(textsOf(await done('export-channel', channelUUID))).toEqual(['first', 'second', 'third', '']);
    const rest = await done('export-channel', channelUUID, '--after', String(seqs[1]));
    expect(textsOf(rest)).toEqual(['third', '']);
    await one.client.ask({ type: 'channelMessage', channelMessage: { message: 'to everybody' } });
    expect(textsOf(await done('export-channel', 'general'))).toContain('to everybody');
    expect(await runAdmin(folder, 'export-channel', one.userUUID)).toMatchObject({
      code: 1,
      err: expect.stringContaining('CHANNEL_NOT_FOUND'),
    });
  });

  it('retention shows, sets and removes what a channel keeps, and deletes what is too much', async () => {
    const one = await member();
    const posted = await one.client.ask({
      type: 'channelMessage',
      channelMessage: { recipientUUID: one.userUUID, message: 'a note' },
    });
    const { ChannelUUID: channel } = posted.ack;
    expect(await done('retention', channel)).toBe(`${channel} keeps all messages (MESSAGES_PER_CHANNEL)\n`);
    const set = await done('retention', channel, '--messages', '5', '--days', '30');
    expect(set).toContain('keeps at least the newest 5 messages, but none older than 30 days');
    expect(await done('export-channel', channel)).toContain('a note');
    expect(await done('retention', channel, '--none')).toContain('keeps all messages');
    expect(await runAdmin(folder, 'retention', one.userUUID, '--days', '1')).toMatchObject({ code: 1 });
  });

  it('delete forgets the user, and the name stays taken', async () => {
    const [one, witness] = [await member(), await member()];
    expect(await done('delete', one.username, '--yes')).toContain('is deleted; 1 session ended');
    expect((await one.client.closed).code).toBe(4501);
    expect((await again(one)).answer.error.name).toBe('WRONG_PASSWORD');
    const { users } = (await witness.client.ask({ type: 'users' })).users;
    expect(users.map(({ UUID }: { UUID: string }) => UUID)).not.toContain(one.userUUID);
    // What died half-way may be done again. Nothing else finds the account.
    expect(await done('delete', one.username, '--yes')).toContain('is deleted; 0 sessions ended');
    for (const command of ['ban', 'enable', 'sessions-end'])
      expect(await runAdmin(folder, command, one.username)).toMatchObject({
        code: 1,
        err: 'USER_NOT_FOUND: There is no such user.\n',
      });
    // A purge leaves nothing that shows the name, and so it is free again.
    expect(await done('purge-user', one.username)).toContain(`${one.userUUID} is purged`);
    const { authorized } = (await again(one)).answer;
    expect(authorized.userUUID).not.toBe(one.userUUID);
  });
});
