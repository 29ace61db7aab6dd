import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { GATEWAY_ENDED, type GatewayEnded, inboxId, type PostRequest } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import { eventually, testRedis } from '@parley/testing';
import { privateChannelOf } from './channel.js';
import { readChannelsSettings } from './config.js';
import { type AskingModule, eventsOf, startAsking, startChannels, startPeople } from './fixtures/apps.js';
import { ChannelLab, message } from './fixtures/channel-lab.js';
import { KnownPeople, newUser } from './fixtures/people.js';

describe('a stored message whose inbox was not written', () => {
  const people = new KnownPeople();
  const apps: { close(): Promise<void> }[] = [];
  const lab = new ChannelLab();
  const settings = readChannelsSettings({
    ...{
      REDIS_URL: testRedis().url,
      REDIS_PREFIX: lab.prefix,
      LOG_LEVEL: 'fatal',
      TAKE_OVER_AFTER_MS: '500',
    },
  });
  let asking: AskingModule;
  let users: INestApplicationContext;
  beforeAll(async () => {
    users = await startPeople(people, settings);
    apps.push(users);
    const { app, asking: module } = await startAsking(settings);
    apps.push(app);
    asking = module;
  });
  afterAll(async () => {
    for (const app of apps.reverse()) await app.close();
    lab.close();
  });

  const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'), false)];
  const inbox = inboxId(bob.UUID);
  const newPost = (text: string, clientUUID?: string): PostRequest => ({
    ...{ sender: ada, target: { recipientUUID: bob.UUID }, message: text, clientUUID, key: randomUUID() },
  });
  const texts = async () => {
    const { frames } = await lab.logs().page(inbox, { after: 0 });
    return frames.map(
      ({ json }) => (JSON.parse(json) as ServerFrameOf<'inboxItem'>).inboxItem.message!.Message,
    );
  };

  it('is put in by the replica that takes the request over, although its deadline has passed', async () => {
    const [stream, group] = [`${lab.prefix}:rpc:{channels}:requests`, 'channels'];
    await lab.redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
    const [begun, keyed, unknown] = [newPost('begun', 'c-1'), newPost('keyed'), newPost('not begun', 'c-2')];
    const posts = [begun, keyed, unknown];
    const lost = asking.channels.ask('channels.postAll', { posts }, { deadlineMs: 300, isRepeatable: true });
    // A replica takes the request, stores two of the messages, and dies.
    await lab.redis.xreadgroup('GROUP', group, 'dead', 'COUNT', 1, 'BLOCK', 5_000, 'STREAMS', stream, '>');
    const channel = privateChannelOf(ada.UUID, bob.UUID);
    for (const { message: text, clientUUID, key } of [begun, keyed]) {
      const mark = clientUUID === undefined ? { key } : { clientUUID };
      await lab.posts().append(message(ada, text, { channel, mark }));
    }
    await expect(lost).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(await texts()).toEqual([]);
    apps.push(await startChannels(settings));
    await eventually(async () => expect(await texts()).toEqual(['begun', 'keyed']));
    await eventually(async () => expect(await lab.redis.xlen(stream)).toBe(0));
    expect(await texts()).toHaveLength(2);
    expect(await lab.log(channel.channelUUID)).toHaveLength(2);
  }, 20_000);

  it('is put in later, although its sender never sends it again', async () => {
    const meta = lab.keys.meta(inbox);
    await lab.redis.rename(meta, `${meta}:kept`);
    await lab.redis.set(meta, 'cannot be written');
    const posts = [newPost('first'), newPost('second', 'c-3')];
    const { outcomes } = await asking.channels.ask('channels.postAll', { posts });
    expect(outcomes.map((outcome) => 'stored' in outcome)).toEqual([true, true]);
    expect(await lab.log(inbox)).toHaveLength(2);
    // Other events are not held up.
    await lab.redis.hset(lab.keys.gatewayChannels('gateway-1'), randomUUID(), 'mark');
    await eventsOf(users).publish<GatewayEnded>(GATEWAY_ENDED, { gatewayId: 'gateway-1' });
    await eventually(async () => (await lab.redis.exists(lab.keys.gatewayChannels('gateway-1'))) === 0);
    await lab.redis.rename(`${meta}:kept`, meta);
    await eventually(async () => expect((await texts()).slice(2).sort()).toEqual(['first', 'second']));
    expect((await lab.inboxes().open(bob.UUID)).unread).toBe(4);
  }, 20_000);
});
