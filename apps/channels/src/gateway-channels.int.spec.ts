import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { GatewayChannels } from './gateway-channels.js';
import { ChannelKeys } from './redis/keys.js';

describe('GatewayChannels', () => {
  const { url, prefix } = testRedis();
  const keys = new ChannelKeys(prefix);
  let redis: Redis;
  let noted: GatewayChannels;
  beforeAll(() => {
    redis = new Redis(url);
    noted = new GatewayChannels(redis, keys);
  });
  afterAll(() => redis.disconnect());

  /** The names of the commands that this connection sends from now on. */
  function watchCommands(): string[] {
    const sent: string[] = [];
    const send = redis.sendCommand.bind(redis);
    redis.sendCommand = (command, stream) => {
      sent.push(command.name);
      return send(command, stream);
    };
    return sent;
  }

  it('notes, looks up and forgets the channels of one turn with one command each', async () => {
    const gatewayId = randomUUID();
    const channels = Array.from({ length: 200 }, () => randomUUID());
    // After this Redis knows the script.
    await noted.forget(gatewayId, 'none', 'none');
    const sent = watchCommands();
    await Promise.all(channels.map((channel) => noted.note(gatewayId, channel)));
    const marks = await Promise.all(channels.map((channel) => noted.markOf(gatewayId, channel)));
    expect(await redis.hlen(keys.gatewayChannels(gatewayId))).toBe(200);
    await Promise.all(channels.map((channel, n) => noted.forget(gatewayId, channel, marks[n]!)));
    expect(await redis.exists(keys.gatewayChannels(gatewayId))).toBe(0);
    expect(sent).toEqual(['hset', 'hmget', 'hlen', 'evalsha', 'exists']);
  });

  it('keeps a channel that was noted again since its mark was read', async () => {
    const gatewayId = randomUUID();
    const [left, joined] = [randomUUID(), randomUUID()];
    for (const channel of [left, joined]) await noted.note(gatewayId, channel);
    const marks = await Promise.all([left, joined].map((channel) => noted.markOf(gatewayId, channel)));
    await noted.note(gatewayId, joined);
    await Promise.all([left, joined].map((channel, n) => noted.forget(gatewayId, channel, marks[n]!)));
    expect(await redis.hkeys(keys.gatewayChannels(gatewayId))).toEqual([joined]);
  });

  it('finds no mark of a channel that was never noted, and forgets nothing without one', async () => {
    const gatewayId = randomUUID();
    const mark = await noted.markOf(gatewayId, 'c');
    expect(mark).toBeNull();
    await noted.note(gatewayId, 'c');
    await noted.forget(gatewayId, 'c', mark);
    expect(await redis.hkeys(keys.gatewayChannels(gatewayId))).toEqual(['c']);
  });
});
