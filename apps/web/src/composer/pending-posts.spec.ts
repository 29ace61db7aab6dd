import { describe, expect, it } from '@jest/globals';
import { ChatError } from '@parley/client';
import { messageOf } from '../fixtures/messages.js';
import type { KeyValues } from '../storage.js';
import { PendingPosts } from './pending-posts.js';

const where = { key: '/general', target: {} };

class Memory implements KeyValues {
  private readonly values = new Map<string, string>();
  getItem = (key: string) => this.values.get(key) ?? null;
  setItem = (key: string, value: string) => void this.values.set(key, value);
  removeItem = (key: string) => void this.values.delete(key);
}

/** A client whose posts are settled by hand. */
class Posts {
  readonly sent: { text: string; clientUUID: string; settle: (error?: Error) => Promise<void> }[] = [];

  post = (_: object, text: string, { clientUUID }: { clientUUID?: string } = {}) => {
    const { promise, resolve, reject } = withResolvers();
    const settle = async (error?: Error) => {
      if (error) reject(error);
      else resolve({});
      await promise.catch(() => undefined);
      await Promise.resolve();
    };
    this.sent.push({ text, clientUUID: clientUUID!, settle });
    return promise as Promise<never>;
  };
}

function withResolvers() {
  let resolve!: (value: object) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<object>((one, other) => {
    resolve = one;
    reject = other;
  });
  return { promise, resolve, reject };
}

let ids = 0;
const open = (client: Posts, storage = new Memory()) =>
  new PendingPosts(client, storage, 'me', () => {
    ids += 1;
    return `id-${ids}`;
  });

describe('messages on their way', () => {
  it('are shown until the server has them', async () => {
    const client = new Posts();
    const pending = open(client);
    pending.send(where, 'hello');
    expect(pending.of('/general')).toMatchObject([{ text: 'hello', state: 'sending' }]);
    await client.sent[0]!.settle();
    expect(pending.of('/general')).toEqual([]);
  });

  it('are gone as soon as they arrive, each once', async () => {
    const client = new Posts();
    const pending = open(client);
    pending.send(where, 'same');
    pending.send(where, 'same');
    pending.arrived('/general', messageOf(1, { Message: 'same' }));
    expect(pending.of('/general')).toHaveLength(1);
    await client.sent[0]!.settle();
    expect(pending.of('/general')).toHaveLength(1);
    await client.sent[1]!.settle();
    expect(pending.of('/general')).toEqual([]);
  });

  it('that are refused say why, and are sent again under their id', async () => {
    const client = new Posts();
    const pending = open(client);
    pending.send(where, 'hello');
    await client.sent[0]!.settle(ChatError.of('BLOCKED', 'No.'));
    const [failed] = pending.of('/general');
    expect(failed).toMatchObject({ state: 'failed', error: 'No.' });
    pending.retry(where, failed!);
    expect(pending.of('/general')[0]).not.toHaveProperty('error');
    expect(client.sent[1]!.clientUUID).toBe(client.sent[0]!.clientUUID);
    pending.discard('/general', failed!);
    expect(pending.of('/general')).toEqual([]);
  });

  it('outlive a reload, under the same id', async () => {
    const storage = new Memory();
    const [before, after] = [new Posts(), new Posts()];
    const first = open(before, storage);
    first.send(where, 'hello');
    await before.sent[0]!.settle(ChatError.of('NOT_SIGNED_IN'));
    const second = open(after, storage);
    second.resume(() => ({}));
    expect(after.sent).toMatchObject([{ text: 'hello', clientUUID: before.sent[0]!.clientUUID }]);
  });
});
