import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Target } from '@parley/client';
import { FakeClient, OTHER } from '../fixtures/fake-client.js';
import { Follower } from './follower.js';

const PARTNER: Target = { recipientUUID: OTHER };
const uuidOf = ({ channelUUID, recipientUUID = '' }: Target) => channelUUID ?? `with ${recipientUUID}`;
const PRIVATE = uuidOf(PARTNER);

describe('what an inbox follows', () => {
  let client: FakeClient;
  let follower: Follower;

  beforeEach(() => {
    client = new FakeClient();
    client.channelUUID = uuidOf;
    const { subscribe } = client;
    client.subscribe = async (target) => ({ ...(await subscribe(target)), channelUUID: uuidOf(target) });
    follower = new Follower(client.asClient, true);
  });

  it('is known by its channel before the server has answered, and after that', async () => {
    client.hold('subscribe');
    const follows = follower.follow(PARTNER);
    expect(follower.follows(PRIVATE)).toBe(true);
    client.release('subscribe');
    await follows;
    expect(follower.follows(PRIVATE)).toBe(true);
    expect(follower.follows('another')).toBe(false);
  });

  it.each([
    ['its channel is closed', () => follower.end(PARTNER)],
    ['the session ends', () => follower.clear()],
  ])('is no longer known once %s, and can be followed again', async (_, ends) => {
    await follower.follow(PARTNER);
    ends();
    expect(follower.follows(PRIVATE)).toBe(false);
    await follower.follow(PARTNER);
    expect(follower.follows(PRIVATE)).toBe(true);
    expect(client.countOf('subscribe')).toBe(2);
  });

  it('is not forgotten because an earlier session was refused it', async () => {
    client.hold('subscribe');
    client.refuse('subscribe', 'SESSION_EXPIRED');
    const earlier = follower.follow(PARTNER);
    client.release('subscribe');
    client.hold('subscribe');
    follower.clear();
    const later = follower.follow(PARTNER);
    await expect(earlier).rejects.toThrow('SESSION_EXPIRED');
    expect(follower.follows(PRIVATE)).toBe(true);
    client.release('subscribe');
    await later;
  });
});
