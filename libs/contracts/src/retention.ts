import type { Contract } from './contract.js';

/** Which messages a channel keeps, by its own rules. */
export interface ChannelRetention {
  /** Number of newest messages that it keeps at least; 0 keeps all. Without one, the setting MESSAGES_PER_CHANNEL counts. */
  readonly messages?: number | undefined;
  /** Age up to which it keeps messages, in milliseconds. Without one, it keeps them however old. */
  readonly ms?: number | undefined;
}

/** A change of them: what is given, where `ms` 0 stands for any age, or `none` for no rules of its own. */
export type RetentionChange = ChannelRetention | 'none';

/** What the channels service answers to operators who say which messages a channel keeps. */
export type ChannelsRetentionContract = {
  /** Which messages a channel keeps, after a change if there is one. Idempotent. Errors: CHANNEL_NOT_FOUND for one of which nothing is stored. */
  'channels.retention': Contract<
    { readonly channelUUID: string; readonly change?: RetentionChange | undefined },
    ChannelRetention & { readonly messagesByDefault: number }
  >;
  /** Deletes what a channel keeps no longer, a part of it in each request. May be repeated. */
  'channels.trim': Contract<{ readonly channelUUID: string }, { readonly isDone: boolean }>;
};
