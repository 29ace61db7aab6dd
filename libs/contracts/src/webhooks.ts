import type { Contract } from './contract.js';

/** An entry of a channel that a webhook did not take in time. */
export interface SetAsideEntry {
  /** The log: a channel by its UUID, or a user as `user:` and the UUID. */
  readonly channelUUID: string;
  readonly seq: number;
  /** Why, in a few words. */
  readonly reason: string;
  /** Of the event. The version before does not know it. */
  readonly id?: string | undefined;
}

/** How a webhook stands. */
export interface WebhookState {
  readonly name: string;
  /** Channels with entries that it has not got. */
  readonly waiting: number;
  /** The newest entries that were set aside, the newest first, at most 20. */
  readonly aside: readonly SetAsideEntry[];
  /** The version before knows none of the following. */
  readonly more?: WebhookDetails | undefined;
}

/** What else is known of a webhook. */
export interface WebhookDetails {
  /** Where its endpoint is, without path and query. */
  readonly origin: string;
  readonly events: readonly string[];
  readonly channels: readonly string[];
  /** Users with events that it has not got. */
  readonly usersWaiting: number;
  /** Channels and users of which it is sent events again. */
  readonly again: number;
  /** Since when it fails, in milliseconds since 1970; undefined where it does not. */
  readonly failingSince?: number | undefined;
  /** How many events are set aside. */
  readonly setAside: number;
}

/** How far an event has come to a webhook. It holds no text. */
export interface WebhookDelivery {
  /** Of the event: `webhook-id`. */
  readonly id: string;
  readonly type: string;
  /** Where the event is: a channel by its UUID, or a user as `user:` and the UUID. */
  readonly log: string;
  readonly seq: number;
  readonly attempts: number;
  /** `waiting`: it is sent again. */
  readonly outcome: 'taken' | 'waiting' | 'set_aside';
  /** What the endpoint answered the last attempt with. */
  readonly status?: number | undefined;
  /** Why the last attempt failed: deadline, unreachable, address, status, too_large. */
  readonly fault?: string | undefined;
  /** When it was first and last sent, in milliseconds since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A webhook by the name that the settings give it. Errors of all requests: INVALID_FIELD for another one. */
interface NamedWebhook {
  readonly name: string;
}

/** What the channels service answers about deliveries to gateways, for operators. It holds no text. The version before knows none of it. */
export type WebhookDeliveriesContract = {
  /** How the webhooks that the settings name stand. */
  'channels.webhookStates': Contract<Record<string, never>, { readonly webhooks: readonly WebhookState[] }>;
  /** A page of a webhook's newest deliveries, those with the newest attempt first. The last page has no `cursor`. Errors: INVALID_FIELD. */
  'channels.webhookDeliveries': Contract<
    NamedWebhook & {
      readonly outcome?: WebhookDelivery['outcome'] | undefined;
      readonly cursor?: string | undefined;
      readonly limit: number;
    },
    { readonly deliveries: readonly WebhookDelivery[]; readonly cursor?: string | undefined }
  >;
  /** Sends an event again under its id, alone. Errors: INVALID_FIELD for one of which no delivery is known. */
  'channels.replayDelivery': Contract<NamedWebhook & { readonly id: string }, Record<string, never>>;
  /** Sends everything again that is set aside. */
  'channels.replayAside': Contract<NamedWebhook, { readonly replayed: number }>;
};

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
  /** As `channels.webhookDeliveries`, `channels.replayDelivery` and `channels.replayAside`, for the command. */
  'channels.deliveriesOf': WebhookDeliveriesContract['channels.webhookDeliveries'];
  'channels.sendAgain': WebhookDeliveriesContract['channels.replayDelivery'];
  'channels.sendAsideAgain': WebhookDeliveriesContract['channels.replayAside'];
};
