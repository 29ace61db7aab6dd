import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inboxId } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import { messageJson } from '../message-json.js';
import { PurgeRepository } from '../purge/purge.repository.js';

type Item = ServerFrameOf<'inboxItem'>['inboxItem'];

describe('items of an inbox', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A recipient, and the means to write to them and to read their inbox. */
  function setUp() {
    const recipient = randomUUID();
    const log = inboxId(recipient);
    const [posts, inboxes, logs] = [lab.posts(), lab.inboxes(), lab.logs()];
    const post = async (text: string, sender = newUser()) => {
      const channel = privateChannelOf(sender.UUID, recipient);
      const sent = message(sender, text, { channel });
      const stored = await posts.append(sent);
      const { channelUUID } = channel;
      const json = messageJson(sent.body, stored);
      await inboxes.put({ recipient, channelUUID, mark: sent.mark, stored, json });
      return { channelUUID, ...stored, json };
    };
    const read = async (after = 0): Promise<Item[]> => {
      const { frames } = await logs.page(log, { after });
      return frames.map(({ json }) => (JSON.parse(json) as ServerFrameOf<'inboxItem'>).inboxItem);
    };
    const texts = async () => (await read()).map((item) => item.message?.Message);
    /** Stores an item as the version before does, after those that are there. */
    const putAsBefore = async ({ channelUUID, json }: { channelUUID: string; json: string }) => {
      const seq = (await lab.log(log)).length + 1;
      const item = `{"seq":${seq},"kind":"message","channelUUID":"${channelUUID}","message":${json}}`;
      await lab.redis.xadd(lab.keys.log(log), `${seq}-0`, 'm', item);
    };
    return { recipient, log, post, read, texts, putAsBefore };
  }

  it('hold no text: what they show is what the channel holds', async () => {
    const { log, post, read } = setUp();
    const { channelUUID, UUID, json } = await post('"secret" of ada');
    const item = { seq: 1, kind: 'message', channelUUID, UUID, messageSeq: 1 };
    expect(await lab.log(log)).toEqual([{ id: '1-0', json: JSON.stringify(item) }]);
    expect(await read()).toEqual([{ ...item, message: JSON.parse(json) as unknown }]);
  });

  it('show nothing of a message that is gone, nor another message that has its Seq', async () => {
    const { post, read, texts } = setUp();
    const [kept, gone, replaced] = [await post('kept'), await post('gone'), await post('replaced')];
    await lab.redis.del(lab.keys.log(gone.channelUUID), lab.keys.log(replaced.channelUUID));
    await lab.redis.xadd(lab.keys.log(replaced.channelUUID), '1-0', 'm', kept.json);
    expect(await texts()).toEqual(['kept', undefined, undefined]);
    expect((await read())[1]).toMatchObject({ seq: 2, UUID: gone.UUID, messageSeq: 1 });
  });

  it('show the tombstone of a deleted message', async () => {
    const { post, read } = setUp();
    const { channelUUID, UUID } = await post('secret');
    const tombstone = { UUID, Message: '', deletedAt: '2026-01-01T00:00:00.000Z', Seq: 1 };
    await lab.redis.xdel(lab.keys.log(channelUUID), '1-0');
    await lab.redis.zadd(lab.keys.gone(channelUUID), 1, JSON.stringify(tombstone));
    await lab.redis.hset(lab.keys.meta(channelUUID), 'seq', 2, 'changes', 1);
    expect(await read()).toMatchObject([{ seq: 1, message: tombstone }]);
  });

  it('of the version before show the message as its channel holds it, not the text that they hold', async () => {
    const { post, read, texts, putAsBefore } = setUp();
    const [kept, gone] = [await post('kept'), await post('gone')];
    await putAsBefore(kept);
    await putAsBefore(gone);
    await lab.redis.del(lab.keys.log(gone.channelUUID));
    expect(await texts()).toEqual(['kept', undefined, 'kept', undefined]);
    const [first, second, third, fourth] = await read();
    expect([third, fourth]).toEqual([
      { ...first, seq: 3 },
      { ...second, seq: 4 },
    ]);
  });

  it('show nothing of a group that the user is no member of any more', async () => {
    const { recipient, post, texts } = setUp();
    const { channelUUID } = await post('for members');
    await lab.redis.hset(lab.keys.meta(channelUUID), 'kind', 'group');
    expect(await texts()).toEqual([undefined]);
    const members = lab.keys.meta(channelUUID).replace(/meta$/, 'members');
    await lab.redis.hset(members, recipient, 'member 1 0');
    expect(await texts()).toEqual(['for members']);
  });

  it('come in pages of a hundred items and about 256 KiB, which together are the log', async () => {
    const { log, post } = setUp();
    // Some are 24 KB each as JSON: the first ones of a page say nothing of the size of the others.
    const isLong = (n: number) => n > 20 && n % 2 === 0;
    for (let n = 1; n <= 150; n += 1) await post(isLong(n) ? '\u0000'.repeat(4_000) : `m ${n}`);
    const [logs, read] = [lab.logs(), [] as number[]];
    let pages = 0;
    for (; read.length < 150; pages += 1) {
      const { frames } = await logs.page(log, { after: read.length });
      const bytes = frames.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
      expect(bytes).toBeLessThan(260 * 1024);
      expect(frames.length).toBeLessThanOrEqual(100);
      for (const { seq, json } of frames) {
        read.push(seq);
        const { message: shown } = (JSON.parse(json) as ServerFrameOf<'inboxItem'>).inboxItem;
        expect(shown!.Message).toHaveLength(isLong(seq) ? 4_000 : `m ${seq}`.length);
      }
    }
    expect(read).toEqual(Array.from({ length: 150 }, (_, n) => n + 1));
    expect(pages).toBeLessThan(12);
  });

  it('of a purged channel say only what was read, also those of the version before', async () => {
    const { recipient, log, post, read, putAsBefore } = setUp();
    const [other, purged] = [await post('stays'), await post('secret')];
    await putAsBefore(purged);
    await putAsBefore(other);
    await new PurgeRepository(lab.redis, lab.keys).takeOutOfInbox(recipient, purged.channelUUID);
    const item = { kind: 'read', channelUUID: purged.channelUUID, readSeq: 1 };
    expect((await read()).slice(1, 3)).toEqual([
      { seq: 2, ...item },
      { seq: 3, ...item },
    ]);
    expect(JSON.stringify(await lab.log(log))).not.toContain('secret');
    expect((await read()).map(({ message: shown }) => shown?.Message)).toEqual([
      'stays',
      undefined,
      undefined,
      'stays',
    ]);
  });
});
