import { describe, expect, it } from '@jest/globals';
import type { ChannelInfo, ChannelMember, Role } from '@parley/protocol';
import { memberEntries } from './member-entries.js';

const offered = (mine: Role, member: Partial<ChannelMember>) =>
  memberEntries(
    { channelUUID: 'g', role: mine, archived: false } as ChannelInfo,
    { UUID: 'ada', role: 'member', ...member } as ChannelMember,
    'me',
  ).map(({ text }) => text);

describe('what is offered about a member', () => {
  it('is everything to the owner', () => {
    expect(offered('owner', {})).toEqual([
      'Make a moderator',
      'Make the owner',
      'Mute for an hour',
      'Mute for a day',
      'Remove',
      'Ban',
    ]);
    expect(offered('owner', { role: 'moderator' })).toContain('Make a plain member');
  });

  it('is what moderators may do to plain members, and nothing to their like', () => {
    expect(offered('moderator', {})).toEqual([
      'Make a moderator',
      'Mute for an hour',
      'Mute for a day',
      'Remove',
      'Ban',
    ]);
    expect(offered('moderator', { role: 'owner' })).toEqual([]);
    expect(offered('moderator', { role: 'moderator' })).toEqual([]);
  });

  it('is the end of a mute that there is', () => {
    expect(offered('moderator', { mutedUntil: 'later' })).toContain('End the mute');
    expect(offered('moderator', { mutedUntil: 'later' })).not.toContain('Mute for an hour');
  });

  it('is nothing to plain members, nor about oneself', () => {
    expect(offered('member', {})).toEqual([]);
    expect(offered('owner', { UUID: 'me', role: 'owner' })).toEqual([]);
  });
});
