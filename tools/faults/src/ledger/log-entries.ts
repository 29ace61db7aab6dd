import type { ChangeFrame, GroupNews } from '@parley/client';
import type { Message, ServerFrame, ServerFrameOf } from '@parley/protocol';
import type { Seen } from './entries.js';

/** What all changes say. */
export function changeIn(frame: ChangeFrame): ServerFrameOf<'messageDelete'>['messageDelete'] {
  if (frame.type === 'messageEdit') return frame.messageEdit;
  return frame.type === 'messageDelete' ? frame.messageDelete : frame.reaction;
}

/** Who changed what: the same for each time that they did it. */
export function deedOf(frame: ChangeFrame): string {
  const { UUID, userUUID } = changeIn(frame);
  const { reaction, remove } = frame.type === 'reaction' ? frame.reaction : {};
  return [frame.type, UUID, userUUID, reaction, remove].filter((part) => part !== undefined).join(' ');
}

/** Tells a change from every other one, as a UUID does for messages. */
export const markOf = (frame: ChangeFrame): string => `${deedOf(frame)} ${changeIn(frame).at}`;

/** The change that a frame tells of, an answer included. */
export const changeFrameIn = (frame: ServerFrame): ChangeFrame | undefined =>
  frame.type === 'messageEdit' || frame.type === 'messageDelete' || frame.type === 'reaction'
    ? frame
    : undefined;

/** An entry of a log as the ledger knows it: a message, or a change under its mark. */
export function entryOf(entry: Message | ChangeFrame): Seen {
  if (!('type' in entry)) return entry;
  const { channelUUID: ChannelUUID, Seq, at: CreatedAt } = changeIn(entry);
  const mark = markOf(entry);
  return { UUID: mark, ChannelUUID, Seq, Message: mark, CreatedAt };
}

/** Kinds of entries about a group and its members. */
const NEWS: ReadonlySet<string> = new Set<GroupNews['type']>([
  'channelInvite',
  'channelKick',
  'channelUnban',
  'channelMute',
  'channelRole',
  'channelSet',
]);

/** What happened to a group or to its members, if a frame tells of that. */
export const newsIn = (frame: ServerFrame): GroupNews | undefined =>
  frame.type === 'sys' && NEWS.has(frame.sys.type) ? (frame.sys as GroupNews) : undefined;

/** What all of them say. */
export const aboutMember = (
  news: GroupNews,
): { channelUUID: string; Seq: number; userUUID: string; by: string } =>
  (news as unknown as Record<string, ReturnType<typeof aboutMember>>)[news.type]!;

/** An entry about a group as the ledger knows it: under a name that no other entry has. */
export function newsEntryOf(news: GroupNews): Seen {
  const { channelUUID, Seq, userUUID, by } = aboutMember(news);
  const mark = [news.type, channelUUID, Seq, userUUID, by].join(' ');
  return { UUID: mark, ChannelUUID: channelUUID, Seq, Message: mark, CreatedAt: '' };
}
