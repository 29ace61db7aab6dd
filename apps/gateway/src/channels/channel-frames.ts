import { type ChannelRef, type JoinReply, mayBeGroup } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import type { Connection, Session } from '../socket/connection.js';

/** The answer to a join. */
export const joinFrame = (joined: JoinReply): ServerFrameOf<'channelJoin'> => ({
  type: 'channelJoin',
  channelJoin: {
    recipientUUID: joined.recipientUUID,
    messages: [...joined.messages],
    users: [...joined.users],
    usersTotal: joined.usersTotal,
    channelUUID: joined.channelUUID,
    epoch: joined.epoch,
    seq: joined.seq,
  },
});

/**
 * The answer to a leave. `recipientUUID` names the channel from the point of view of the user who leaves, and its id a group.
 * @param connections how many other connections of the user are still joined, if this one was.
 */
export const leaveFrame = (
  connection: Connection,
  { userUUID }: Session,
  { channelUUID, recipientUUID }: ChannelRef,
  connections?: number,
): ServerFrameOf<'channelLeave'> => ({
  type: 'channelLeave',
  SUUID: connection.id,
  userUUID,
  ...(connections === undefined ? {} : { connections }),
  channelLeave: mayBeGroup(channelUUID) ? { recipientUUID, channelUUID } : { recipientUUID },
});
