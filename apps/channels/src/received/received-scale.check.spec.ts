import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Identity, privateChannel, type ReceivedReply } from '@parley/contracts';
import { type CommandWatch, type OwnRedis, startRedis } from '@parley/testing';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import { ReceivedWorld } from '../fixtures/received-world.js';
import { messageBody } from '../message-json.js';
import { appendInboxItems } from '../redis/append-inbox-items.js';
import { appendMessages } from '../redis/append-messages.js';
import { PublishingAppender } from '../redis/appender.js';
import { receivedMember } from './received-member.js';

jest.setTimeout(600_000);

const CHANNELS = 1_000;
const MESSAGES_OF_EACH = 100;
const PER_PAGE = 50;
const AT_ONCE = 50;
/** Messages of each channel that one step stores. */
const ROUND = 4;
const RETENTION = { postedMs: 60_000, handledMs: 60_000, keep: 0, fanOut: 0, items: 1_000 };

/** What one page may take of Redis. */
const MOST_KEYS = 60;
const MOST_COMMANDS = 10;

/** Loads 100,000 messages by the scripts that store them. Takes one to two minutes. */
describe('the received messages of a user with 1,000 private channels', () => {
  let server: OwnRedis;
  let lab: ChannelLab;
  let world: ReceivedWorld;
  let watch: CommandWatch;
  const partners = Array.from({ length: CHANNELS }, () => newUser());
  let ada: Identity;

  beforeAll(async () => {
    server = await startRedis();
    lab = new ChannelLab(server.url);
    world = new ReceivedWorld(lab);
    ada = world.person('ada');
    for (const partner of partners) world.people.add(partner);
    for (let n = 0; n < MESSAGES_OF_EACH; n += ROUND) {
      const texts = Array.from({ length: ROUND }, (_, at) => `text ${n + at}`);
      for (let at = 0; at < CHANNELS; at += AT_ONCE) await sendAll(partners.slice(at, at + AT_ONCE), texts);
    }
    watch = await lab.watchCommands();
  });
  afterAll(async () => {
    lab.close();
    await server.remove();
  });

  /** Messages of each of some partners, as the service stores them. */
  async function sendAll(senders: readonly Identity[], texts: readonly string[]): Promise<void> {
    const appender = new PublishingAppender(lab.redis);
    const sent = senders.map((sender) => {
      const channel = { kind: 'private', channelUUID: privateChannel(ada.UUID, sender.UUID) } as const;
      const parts = { channel: { ...channel, recipientUUID: ada.UUID }, sender };
      const recipient = { ...ada, OnLine: true };
      const bodies = texts.map((text) => messageBody({ ...parts, recipient, text }));
      return { sender, ...channel, bodies };
    });
    const stored = await appendMessages(appender, lab.keys, {
      ...RETENTION,
      channels: sent.map(({ sender, channelUUID, kind, bodies }) => ({
        ...{ channelUUID, kind, one: sender.UUID, other: ada.UUID, memory: 'handled', tells: false },
        messages: bodies.map((body) => ({
          ...{ sender: sender.UUID, record: randomUUID().slice(0, 16), body, replyTo: '' },
          deadline: Number.MAX_SAFE_INTEGER,
        })),
      })),
    });
    const messages = stored.map((each, at) => {
      if (each === undefined || each instanceof Error) throw each ?? new Error('nothing was stored');
      const { channelUUID } = sent[Math.floor(at / texts.length)]!;
      return {
        ...{ record: each.UUID, channelUUID, epoch: each.epoch, seq: each.Seq, number: each.number },
        ...{ read: 0, readSeq: 0, UUID: each.UUID, json: '{}', before: each.number - 1 },
        received: receivedMember(each.UUID, channelUUID),
      };
    });
    const [outcome] = await appendInboxItems(appender, lab.keys, {
      ...{ postedMs: 60_000, handledMs: 60_000, keep: 1_000 },
      changes: [{ recipient: ada.UUID, memory: 'handled', messages }],
    });
    if (outcome instanceof Error) throw outcome;
  }

  /** What a page takes: commands that are sent, those of scripts besides, and keys that are named or touched. */
  async function counted(read: () => Promise<ReceivedReply>) {
    watch.forget();
    const page = await read();
    const seen = await watch.seen();
    const commands = seen.filter(({ name }) => !['time', 'info', 'hello'].includes(name));
    const named = commands.flatMap(({ args }) => args);
    const keys = new Set(named.filter((each) => each.startsWith(`${lab.prefix}:channels:`)));
    return { page, commands: commands.map(({ name }) => name), keys: keys.size };
  }

  it(`takes at most ${MOST_KEYS} keys and ${MOST_COMMANDS} commands for the first page and the last`, async () => {
    const first = await counted(() => world.page(ada, PER_PAGE));
    const all: string[] = [];
    let cursor: string | undefined;
    let last = first;
    let pages = 0;
    do {
      const from = cursor;
      last = await counted(() => world.page(ada, PER_PAGE, from));
      expect(last.commands.length).toBeLessThanOrEqual(MOST_COMMANDS);
      expect(last.keys).toBeLessThanOrEqual(MOST_KEYS);
      all.push(...last.page.messages.map(({ UUID }) => UUID));
      cursor = last.page.cursor;
      pages += 1;
    } while (cursor !== undefined);
    expect(pages).toBe((CHANNELS * MESSAGES_OF_EACH) / PER_PAGE);
    expect(new Set(all).size).toBe(CHANNELS * MESSAGES_OF_EACH);
    expect([...all].sort().reverse()).toEqual(all);
    // Messages of 50 channels each: the dearest kind of page.
    for (const { page } of [first, last]) {
      expect(page.messages).toHaveLength(PER_PAGE);
      expect(new Set(page.messages.map(({ ChannelUUID }) => ChannelUUID)).size).toBe(PER_PAGE);
    }
    expect(first.page.messages[0]).toMatchObject({ Message: 'text 99' });
    expect(last.page.messages.at(-1)).toMatchObject({ Message: 'text 0' });
  });
});
