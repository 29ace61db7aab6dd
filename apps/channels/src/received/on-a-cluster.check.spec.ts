import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Identity, inboxId } from '@parley/contracts';
import { eventually, type OwnCluster, startCluster } from '@parley/testing';
import type { Cluster } from 'ioredis';
import { readChannelsSettings } from '../config.js';
import { type AskingModule, startAsking, startChannels, startPeople } from '../fixtures/apps.js';
import { KnownPeople, newUser } from '../fixtures/people.js';

jest.setTimeout(90_000);

const PREFIX = 'received';

/** A user's list and the logs that it names lie in slots of their own on a Cluster. Takes about half a minute. */
describe('what a user has received on a Cluster', () => {
  const ends: (() => unknown)[] = [];
  const people = new KnownPeople();
  let own: OwnCluster;
  let redis: Cluster;
  let asking: AskingModule;

  beforeAll(async () => {
    own = await startCluster();
    ends.push(() => own.remove());
    redis = own.connect();
    ends.push(() => redis.disconnect());
    await eventually(() => redis.slots.length > 0);
    const settings = readChannelsSettings({
      REDIS_CLUSTER_NODES: own.nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
      REDIS_PREFIX: PREFIX,
      LOG_LEVEL: 'fatal',
    });
    for (const app of [await startPeople(people, settings), await startChannels(settings)])
      ends.push(() => app.close());
    const gateway = await startAsking(settings);
    ends.push(() => gateway.app.close());
    asking = gateway.asking;
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function post(sender: Identity, recipientUUID: string, message: string) {
    const posts = [{ sender, target: { recipientUUID }, message, key: randomUUID() }];
    const { outcomes } = await asking.channels.ask('channels.postAll', { posts });
    const [outcome] = outcomes;
    if (outcome === undefined || !('stored' in outcome)) throw new Error('the message was not stored');
    return outcome.stored;
  }

  async function textsOf(user: Identity) {
    const texts: string[] = [];
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const page = await asking.channels.ask('channels.received', { user, cursor, limit: 7 });
      texts.push(...page.messages.map(({ Message }) => Message));
      cursor = page.cursor;
    }
    return texts;
  }

  it('is listed over channels of all slots, as it is now, also where the list is made again', async () => {
    const ada = people.add(newUser('ada'));
    const others = Array.from({ length: 20 }, () => people.add(newUser()));
    const stored: Awaited<ReturnType<typeof post>>[] = [];
    for (const [n, other] of others.entries()) stored.push(await post(other, ada.UUID, `text ${n}`));
    const change = (n: number) => ({
      ...{ user: others[n]!, target: { recipientUUID: ada.UUID }, UUID: stored[n]!.UUID, key: randomUUID() },
    });
    await asking.channels.ask('channels.edit', { ...change(3), message: 'edited' });
    await asking.channels.ask('channels.delete', change(5));
    const expected = others.map((_, n) => (n === 3 ? 'edited' : `text ${n}`)).reverse();
    expected.splice(others.length - 1 - 5, 1);
    expect(await textsOf(ada)).toEqual(expected);
    const tag = `${PREFIX}:channels:{${inboxId(ada.UUID)}}`;
    await redis.del(`${tag}:received`, `${tag}:received:changed`);
    await redis.hdel(`${tag}:meta`, 'listed');
    await redis.xtrim(`${tag}:log`, 'MAXLEN', '=', 1);
    expect(await textsOf(ada)).toEqual(expected);
  });
});
