import type { Message, User } from '@parley/protocol';
import type { Contract } from './contract.js';
import type { Identity } from './users.js';

/** A channel as a client names it; with neither field, the general channel; where both are given, `channelUUID` decides. */
export interface ChannelTarget {
  readonly recipientUUID?: string | undefined;
  readonly channelUUID?: string | undefined;
}

/** A channel that has been found, as the gateway keeps it for a joined connection. */
export interface ChannelRef {
  readonly channelUUID: string;
  /** The partner in a private channel, empty otherwise. */
  readonly recipientUUID: string;
}

/** A connection that joins or leaves. `SUUID` is the session UUID that `ready` told it. */
export interface JoiningConnection {
  readonly gatewayId: string;
  readonly SUUID: string;
}

export interface ChannelJoin {
  readonly user: Identity;
  readonly target: ChannelTarget;
  readonly connection: JoiningConnection;
  /** The channel that the connection leaves when, and only when, the join succeeds. */
  readonly leave?: ChannelRef | undefined;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
}

export interface ChannelJoined extends ChannelRef {
  readonly epoch: string;
  /** The newest Seq; live frames up to it are in `messages` or older. */
  readonly seq: number;
  readonly messages: readonly Message[];
  readonly users: readonly User[];
  readonly usersTotal: number;
}

export interface ChannelLeave {
  readonly user: Identity;
  readonly channel: ChannelRef;
  readonly connection: JoiningConnection;
}

export interface MessagePost {
  readonly sender: Identity;
  readonly target: ChannelTarget;
  readonly message: string;
  readonly clientUUID?: string | undefined;
}

export interface MessageStored {
  readonly UUID: string;
  readonly Seq: number;
  readonly ChannelUUID: string;
  readonly clientUUID?: string | undefined;
  readonly CreatedAt: string;
}

/** What the channels service answers. */
export type ChannelsContract = {
  /** Finds the channel that a user means, without a change. Errors: USER_NOT_FOUND, CHANNEL_NOT_FOUND, FORBIDDEN. */
  'channels.find': Contract<{ readonly user: Identity; readonly target: ChannelTarget }, ChannelRef>;
  /** Joins, then leaves `leave`; tells the members of both. Errors as for `find`; a failed join changes nothing. */
  'channels.join': Contract<ChannelJoin, ChannelJoined>;
  /** Leaves, and tells the members if the connection was joined. Idempotent. */
  'channels.leave': Contract<ChannelLeave, Record<string, never>>;
  /** Stores and publishes a message, once per `clientUUID`. Errors as for `find`, and STORAGE_FULL. */
  'channels.post': Contract<MessagePost, MessageStored>;
};
