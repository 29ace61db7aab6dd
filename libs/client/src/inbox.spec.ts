import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChatClient } from './chat-client.js';
import { FakeChat, USER } from './fixtures/fake-chat.js';

describe('earlier items of the inbox', () => {
  let chat: FakeChat;
  let client: ChatClient;
  let told: number[];

  beforeEach(async () => {
    chat = new FakeChat();
    client = new ChatClient({
      urls: ['ws://a'],
      webSocket: chat.webSocket,
      reconnect: { firstMs: 1, longestMs: 5 },
    });
    told = [];
    client.on('inboxItem', ({ seq }) => told.push(seq));
    client.on('inboxReload', () => told.push(-1));
    await client.signIn('u', 'p');
    for (let n = 1; n <= 5; n += 1) chat.inbox.add({ kind: 'read', readSeq: n });
  });
  afterEach(() => client.close());

  const seqs = async (most: number) => (await client.earlierInboxItems(most)).map(({ seq }) => seq);

  it('are the newest ones, the oldest first, and are not told again', async () => {
    expect(await seqs(3)).toEqual([3, 4, 5]);
    expect(await seqs(100)).toEqual([1, 2, 3, 4, 5]);
    chat.inbox.add({ kind: 'read', readSeq: 6 });
    expect(told).toEqual([6]);
    expect(client.inboxPosition?.seq).toBe(6);
  });

  it('are none of an empty inbox', async () => {
    chat.inbox.items.length = 0;
    expect(await seqs(3)).toEqual([]);
  });

  it('are none where the server keeps fewer, and nothing is to be loaded again', async () => {
    await client.inbox();
    chat.inbox.gone = 3;
    expect(await seqs(100)).toEqual([]);
    expect(told).toEqual([]);
  });

  it('are read again after a lost connection', async () => {
    await client.inbox();
    chat.unanswered.add('inbox');
    const items = seqs(2);
    while (chat.countOf('inbox') < 2) await new Promise((resolve) => setImmediate(resolve));
    chat.unanswered.clear();
    chat.socket.end(1006);
    expect(await items).toEqual([4, 5]);
  });

  it('are not read when the client is closed', async () => {
    await client.inbox();
    chat.unanswered.add('inbox');
    const items = seqs(2);
    client.close();
    await expect(items).rejects.toMatchObject({ name: 'NOT_SIGNED_IN' });
  });
});

describe('the name of the user', () => {
  it('is what the server says, until the session ends', async () => {
    const chat = new FakeChat();
    const client = new ChatClient({ urls: ['ws://a'], webSocket: chat.webSocket });
    await client.signIn('u', 'p');
    const tell = (uuid: string, username: string) =>
      chat.socket.deliver({ type: 'sys', sys: { type: 'signIn', signIn: { uuid, username } } });
    tell(USER, 'U');
    tell('another', 'other');
    expect(client.username).toBe('U');
    client.close();
    expect(client.username).toBeUndefined();
  });
});
