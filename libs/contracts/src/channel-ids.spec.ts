import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { v5 } from 'uuid';
import { channelIdOf, GENERAL_CHANNEL, mayBePrivate, privateChannel, subjectOf } from './channel-ids.js';

const [one, other] = ['0b0e9d7e-6f0e-4a63-8f3a-111111111111', 'f3b7c6b0-13f5-4c02-9d42-222222222222'];

describe('channel ids', () => {
  it('are the same for both directions of a pair, and different for each pair', () => {
    expect(privateChannel(one, other)).toBe(privateChannel(other, one));
    const ids = [privateChannel(one, other), privateChannel(one, one), privateChannel(other, other)];
    expect(new Set([...ids, GENERAL_CHANNEL]).size).toBe(4);
  });

  it('never change: messages are stored under them', () => {
    expect(GENERAL_CHANNEL).toBe('0c1b9d82-b87b-52fe-a830-586cfa613417');
    expect(privateChannel(one, other)).toBe('19480bda-e3fb-5f27-b1cf-280875350556');
  });

  it('of private channels are UUIDs of version 5, as the library computes them', () => {
    const space = '1f0c9b52-8c8e-4b5e-9d0f-6a7be2d1c3a4';
    const pairs = Array.from({ length: 200 }, () => [randomUUID(), randomUUID()].sort() as [string, string]);
    const computed = pairs.map((pair) => v5(pair.join(':'), space));
    expect(pairs.map((pair) => privateChannel(...pair))).toEqual(computed);
  });

  it('of private channels can be distinguished from random ones', () => {
    expect(mayBePrivate(privateChannel(one, other))).toBe(true);
    expect(mayBePrivate(randomUUID())).toBe(false);
  });

  it('are derived from whatever a target names, preferring the id itself', () => {
    const between = privateChannel(one, other);
    expect(channelIdOf(one, {})).toBe(GENERAL_CHANNEL);
    expect(channelIdOf(one, { recipientUUID: '' })).toBe(GENERAL_CHANNEL);
    expect(channelIdOf(one, { recipientUUID: other })).toBe(between);
    expect(channelIdOf(one, { recipientUUID: other, channelUUID: GENERAL_CHANNEL })).toBe(GENERAL_CHANNEL);
  });
});

const user = { UUID: 'ada', Username: 'Ada' };

describe('subjectOf', () => {
  it('is the channel, however a request names it', () => {
    expect(subjectOf('channels.history', { user, target: {} })).toBe(GENERAL_CHANNEL);
    const pair = privateChannel('ada', 'bob');
    expect(subjectOf('channels.read', { user, target: { recipientUUID: 'bob' } })).toBe(pair);
    expect(subjectOf('channels.edit', { user, target: { channelUUID: pair } })).toBe(pair);
    expect(subjectOf('channels.kick', { user, channelUUID: 'group' })).toBe('group');
    expect(subjectOf('channels.readLog', { log: pair })).toBe(pair);
  });

  it('is the user where there is no channel', () => {
    expect(subjectOf('users.contacts', { userUUID: 'ada' })).toBe('ada');
    expect(subjectOf('channels.openInbox', { user })).toBe('ada');
  });

  it('is nothing for requests about many, and for those of auth', () => {
    expect(subjectOf('users.lookup', { UUIDs: ['ada'] })).toBeUndefined();
    expect(subjectOf('auth.signOut', { userUUID: 'ada' })).toBeUndefined();
  });
});
