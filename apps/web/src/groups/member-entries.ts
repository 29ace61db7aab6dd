import type { ChatClient } from '@parley/client';
import type { ChannelInfo, ChannelMember } from '@parley/protocol';
import { may, sanctionOf } from '@parley/protocol/constants';

/** Something that the user may do to a member. */
export interface MemberEntry {
  readonly text: string;
  readonly isDangerous?: boolean;
  readonly act: (client: Pick<ChatClient, 'channels'>) => Promise<unknown>;
}

const HOUR = 3600;

/** What the user may do to a member of a group, by the protocol's table of rights. Nothing to oneself: who wants to go leaves the group. */
export function memberEntries(
  { channelUUID, role, archived }: ChannelInfo,
  { UUID, role: theirs, mutedUntil }: ChannelMember,
  me: string,
): readonly MemberEntry[] {
  if (UUID === me) return [];
  const can = (operation: Parameters<typeof may>[1]) => may(role, operation, { isArchived: archived });
  const setRole = (next: 'owner' | 'moderator' | 'member') => (client: Pick<ChatClient, 'channels'>) =>
    client.channels.setRole(channelUUID, UUID, next);
  const mute = (seconds: number) => (client: Pick<ChatClient, 'channels'>) =>
    client.channels.mute(channelUUID, UUID, seconds);
  const entries: readonly (MemberEntry & { readonly isOffered: boolean })[] = [
    { text: 'Make a moderator', isOffered: theirs === 'member' && can('promote'), act: setRole('moderator') },
    {
      text: 'Make a plain member',
      isOffered: theirs === 'moderator' && can('demote'),
      act: setRole('member'),
    },
    { text: 'Make the owner', isOffered: theirs !== 'owner' && can('transfer'), act: setRole('owner') },
    { text: 'Mute for an hour', isOffered: !mutedUntil && can(sanctionOf('mute', theirs)), act: mute(HOUR) },
    {
      text: 'Mute for a day',
      isOffered: !mutedUntil && can(sanctionOf('mute', theirs)),
      act: mute(24 * HOUR),
    },
    { text: 'End the mute', isOffered: Boolean(mutedUntil) && can(sanctionOf('mute', theirs)), act: mute(0) },
    {
      text: 'Remove',
      isOffered: can(sanctionOf('kick', theirs)),
      isDangerous: true,
      act: ({ channels }) => channels.kick(channelUUID, UUID),
    },
    {
      text: 'Ban',
      isOffered: can(sanctionOf('ban', theirs)),
      isDangerous: true,
      act: ({ channels }) => channels.kick(channelUUID, UUID, { ban: true }),
    },
  ];
  return entries.filter(({ isOffered }) => isOffered).map(({ isOffered: _, ...entry }) => entry);
}
