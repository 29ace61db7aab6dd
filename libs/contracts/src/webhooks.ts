import type { Contract } from './contract.js';

/** An entry of a channel that a webhook did not take in time. */
export interface SetAsideEntry {
  readonly channelUUID: string;
  readonly seq: number;
  /** Why, in a few words. */
  readonly reason: string;
}

/** How a webhook stands. */
export interface WebhookState {
  readonly name: string;
  /** Channels with entries that it has not got. */
  readonly waiting: number;
  /** The newest entries that were set aside, the newest first, at most 20. */
  readonly aside: readonly SetAsideEntry[];
}

/** What the channels service answers to operators about webhooks. */
export type ChannelsWebhooksContract = {
  /** How the webhooks that the settings name stand. */
  'channels.webhooks': Contract<Record<string, never>, { readonly webhooks: readonly WebhookState[] }>;
  /**
   * Sends a webhook the entries of a channel after the one with Seq `after` again, under the same ids. Errors: INVALID_FIELD for a
   * webhook that the settings do not name.
   */
  'channels.replayWebhook': Contract<
    { readonly name: string; readonly channelUUID: string; readonly after: number },
    Record<string, never>
  >;
};
