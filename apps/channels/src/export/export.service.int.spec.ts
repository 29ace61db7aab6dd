import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ExportedMessage, GENERAL_CHANNEL, newGroupId } from '@parley/contracts';
import { type OwnRedis, startRedis } from '@parley/testing';
import type { WhatToChange } from '../changes/changes.repository.js';
import { groupChannel } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { LargeReads } from '../large-reads.js';
import { textFields } from '../message-json.js';
import { NEVER_LATE } from '../redis/delivery.js';
import { ExportService } from './export.service.js';

describe('the export of a channel', () => {
  let server: OwnRedis;
  let lab: ChannelLab;
  let exports: ExportService;
  beforeAll(async () => {
    server = await startRedis();
    lab = new ChannelLab(server.url);
    exports = new ExportService(lab.redis, lab.keys, new LargeReads());
  });
  afterAll(async () => {
    lab.close();
    await server.remove();
  });

  async function all(after = 0, betweenPages = () => Promise.resolve()): Promise<ExportedMessage[][]> {
    const pages: ExportedMessage[][] = [];
    let at: number | undefined = after;
    let upTo: number | undefined;
    while (at !== undefined) {
      const page = await exports.page(GENERAL_CHANNEL, { after: at, upTo });
      pages.push([...page.messages]);
      ({ after: at, upTo } = { after: page.after, upTo: page.upTo });
      await betweenPages();
    }
    return pages;
  }

  it('has every message as it is now, once, in pages, up to where the channel was at the beginning', async () => {
    expect(await all()).toEqual([[]]);
    const [ada, bob] = [newUser('ada'), newUser('bob')];
    const posts = lab.posts();
    const post = (text: string) => posts.append(message(ada, text));
    const change = (UUID: string, what: WhatToChange, by = ada) =>
      lab.changes().change({
        ...{ channelUUID: GENERAL_CHANNEL, user: by.UUID, UUID, what, key: randomUUID(), ...NEVER_LATE },
      });
    const [edited, liked, deleted] = [await post('before'), await post('liked'), await post('secret')];
    await change(edited.UUID, { kind: 'edit', fields: textFields('edited', []) });
    for (const by of [ada, bob])
      await change(liked.UUID, { kind: 'react', reaction: '+1', remove: false }, by);
    await change(deleted.UUID, { kind: 'delete' });
    await Promise.all(Array.from({ length: 1_100 }, (_, n) => post(`text ${n}`)));

    const pages = await all(0, async () => void (await post('meanwhile')));
    expect(pages.length).toBeGreaterThan(2);
    const exported = pages.flat();
    expect(exported.map(({ Message }) => Message)).toEqual([
      ...['edited', 'liked', ''],
      ...Array.from({ length: 1_100 }, (_, n) => `text ${n}`),
    ]);
    expect(new Set(exported.map(({ Seq }) => Seq)).size).toBe(exported.length);
    expect(exported[0]).toMatchObject({ UUID: edited.UUID, editedAt: expect.any(String) });
    expect(exported[1]).toMatchObject({ reactions: [{ reaction: '+1', count: 2 }] });
    expect(exported[1]!.Sender).toEqual({ UUID: ada.UUID, Username: ada.Username });
    expect(exported[2]).toMatchObject({ UUID: deleted.UUID, deletedAt: expect.any(String) });
    expect((await all(exported.at(-2)!.Seq)).flat()[0]).toEqual(exported.at(-1));
    expect(JSON.stringify(exported)).not.toMatch(/OnLine|"mine"|secret/);
  });

  it('of an account has the messages of the user in a group, also after the user has left it', async () => {
    const people = new KnownPeople();
    const directory = people.directory();
    const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'))];
    const [groups, memberships] = [lab.groupsService(directory), lab.groupMembers(directory)];
    const channelUUID = newGroupId();
    await groups.create({ user: ada, channelUUID, name: 'a group', topic: '', private: true });
    await memberships.invite({ user: ada, channelUUID, userUUIDs: [bob.UUID] });
    for (const by of [ada, bob])
      await lab.posts().append(message(by, `of ${by.UUID}`, { channel: groupChannel(channelUUID) }));
    await memberships.leave(ada.UUID, channelUUID);
    for (const { UUID } of [ada, bob]) {
      expect(await exports.groupsOf(UUID)).toEqual([channelUUID]);
      const { messages } = await exports.messagesOf(UUID, channelUUID, 0);
      expect(messages.map(({ Message }) => Message)).toEqual([`of ${UUID}`]);
    }
  });

  it('refuses a channel of which nothing is stored', async () => {
    await expect(exports.page(randomUUID(), { after: 0 })).rejects.toMatchObject({
      name: 'CHANNEL_NOT_FOUND',
    });
  });
});
