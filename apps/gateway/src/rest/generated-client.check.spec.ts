import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { REST_OPERATION_IDS, REST_ROOT, restOperation } from '@parley/protocol/rest';
import { generate } from 'openapi-typescript-codegen';
import { TwoGateways } from '../lifecycle/fixtures/two-gateways.js';
import { TrafficChecker } from './fixtures/traffic-checker.js';

jest.setTimeout(300_000);

// biome-ignore lint/suspicious/noExplicitAny: the client is made while the test runs.
type Generated = any;

const REPLICAS = { AUTH_REPLICAS: '2', USERS_REPLICAS: '2', CHANNELS_REPLICAS: '2' };

describe('a client that a public generator makes of the document', () => {
  const traffic = new TrafficChecker();
  const ownFetch = globalThis.fetch;
  let gateways: TwoGateways;
  let folder: string;
  let client: Generated;
  let turn = 0;

  /** The client knows one address: each request goes to the other gateway than the one before. */
  const fetchInTurn = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    turn += 1;
    const { httpUrl } = gateways.stack.gateways[turn % 2]!;
    const { pathname, search } = new URL(String(input));
    const answer = await ownFetch(httpUrl + pathname + search, init);
    const text = await answer.clone().text();
    traffic.witness(
      {
        method: init.method ?? 'GET',
        path: pathname.slice(REST_ROOT.length) + search,
        body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
      },
      { status: answer.status, headers: answer.headers, body: text === '' ? '' : JSON.parse(text) },
    );
    return answer;
  };

  beforeAll(async () => {
    gateways = await TwoGateways.start(REPLICAS);
    folder = await mkdtemp(join(tmpdir(), 'parley-generated-'));
    const { httpUrl } = gateways.stack.gateways[0]!;
    const document = await ownFetch(`${httpUrl}/api/openapi.json`);
    const input = (await document.json()) as Record<string, unknown>;
    await generate({ input, output: folder, httpClient: 'fetch', useOptions: true });
    client = await import(join(folder, 'index.ts'));
    client.OpenAPI.BASE = httpUrl + REST_ROOT;
    globalThis.fetch = fetchInTurn;
  });

  afterAll(async () => {
    globalThis.fetch = ownFetch;
    await gateways?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const as = (accessKey: string | undefined): void => {
    client.OpenAPI.TOKEN = accessKey;
  };

  const signUp = async (username: string): Promise<{ UUID: string; accessKey: string }> => {
    as(undefined);
    const requestBody = { username, password: 'x' };
    const { UUID } = await client.UsersService.createUser({ requestBody, idempotencyKey: username });
    const { accessKey } = await client.SessionsService.createSession({ requestBody });
    return { UUID, accessKey };
  };

  const write = async (
    ada: { accessKey: string },
    bob: { UUID: string; accessKey: string },
  ): Promise<void> => {
    const { MessagesService } = client;
    as(ada.accessKey);
    const requestBody = { message: 'hello' };
    const sent = await MessagesService.postMessageToUser({ userUuid: bob.UUID, requestBody });
    await MessagesService.postMessage({ channelUuid: 'general', requestBody, idempotencyKey: 'k' });
    const one = { channelUuid: sent.ChannelUUID, uuid: sent.UUID };
    await MessagesService.editMessage({ ...one, requestBody: { message: 'edited' } });
    await MessagesService.addReaction({ ...one, reaction: '👍' });
    await MessagesService.removeReaction({ ...one, reaction: '👍' });
    await MessagesService.markRead({ channelUuid: sent.ChannelUUID, requestBody: { seq: sent.Seq } });
    const { messages } = await MessagesService.listMessagesWithUser({ userUuid: bob.UUID, limit: 10 });
    expect(messages).toMatchObject([{ UUID: sent.UUID, Message: 'edited' }]);
    await MessagesService.listMessages({ channelUuid: sent.ChannelUUID, after: 0 });
    as(bob.accessKey);
    const received = await MessagesService.listReceivedMessages({ limit: 10 });
    expect(received.messages).toMatchObject([{ UUID: sent.UUID }]);
    as(ada.accessKey);
    await MessagesService.deleteMessage(one);
  };

  const group = async (
    ada: { accessKey: string },
    bob: { UUID: string; accessKey: string },
  ): Promise<void> => {
    const { ChannelsService, MembersService } = client;
    as(ada.accessKey);
    const made = await ChannelsService.createChannel({ requestBody: { name: 'Team', private: false } });
    const { channelUUID: channelUuid } = made;
    expect(await ChannelsService.getChannel({ channelUuid })).toEqual(made);
    await ChannelsService.changeChannel({ channelUuid, requestBody: { topic: 'work' } });
    await ChannelsService.listChannels({ scope: 'public', limit: 10 });
    as(bob.accessKey);
    await MembersService.joinChannel({ channelUuid });
    as(ada.accessKey);
    const member = { channelUuid, userUuid: bob.UUID };
    await MembersService.listMembers({ channelUuid });
    await MembersService.setRole({ ...member, requestBody: { role: 'moderator' } });
    await MembersService.muteMember({ ...member, requestBody: { seconds: 5 } });
    await MembersService.removeMember({ ...member, ban: true });
    await MembersService.unbanMember(member);
    await MembersService.inviteMembers({ channelUuid, requestBody: { userUUIDs: [bob.UUID] } });
    await ChannelsService.listAudit({ channelUuid, limit: 1 });
  };

  const leave = async ({ accessKey }: { accessKey: string }): Promise<void> => {
    const { UsersService } = client;
    as(accessKey);
    await UsersService.changePassword({ requestBody: { old: 'x', new: 'y' } });
    await UsersService.deleteAccount({ requestBody: { password: 'y' } });
  };

  it('calls every operation, and all that goes over the network is as the document says', async () => {
    const [ada, bob] = [await signUp('Ada'), await signUp('Bob')];
    await write(ada, bob);
    await group(ada, bob);
    const { ContactsService, SessionsService, UsersService } = client;
    const other = { userUuid: bob.UUID };
    await ContactsService.addContact(other);
    await ContactsService.blockUser(other);
    expect((await ContactsService.listContacts({})).contacts).toMatchObject([{ UUID: bob.UUID }]);
    await ContactsService.removeContact(other);
    await ContactsService.unblockUser(other);
    expect(await UsersService.getUser({ userUuid: 'me' })).toMatchObject({ UUID: ada.UUID });
    expect((await UsersService.listUsers({ limit: 1 })).cursor).toEqual(expect.any(String));
    await SessionsService.listSessions({});
    await SessionsService.endSession({ sessionUuid: 'current' });
    await expect(UsersService.getUser({ userUuid: 'me' })).rejects.toMatchObject({
      status: 401,
      body: { name: 'SESSION_EXPIRED' },
    });
    as(bob.accessKey);
    await SessionsService.endSessions({});
    await leave(await signUp('Eve'));
    expect(traffic.faults).toEqual([]);
    const ofUsers = REST_OPERATION_IDS.filter((id) => restOperation(id).scope === undefined);
    expect(ofUsers.filter((id) => !traffic.succeeded.has(id))).toEqual([]);
  });
});
