import type { Logger } from '@parley/service-kit';
import { SignedCaller } from '@parley/signed-http/signed-caller';
import type { ChannelsSettings } from '../config.js';
import { AgainEntries } from './again-entries.js';
import type { ChannelEntries } from './channel-entries.js';
import type { UserEntries } from './user-entries.js';
import { WebhookEndpoint } from './webhook-endpoint.js';
import type { WebhookLine } from './webhook-line.js';
import { LOGS_AT_ONCE, WebhookSender } from './webhook-sender.js';
import { kindsOfUsers, type WebhookReceiver } from './webhook-settings.js';
import type { WebhookSource } from './webhook-source.js';
import type { RunningWebhook } from './webhooks.js';
import type { WebhooksRepository } from './webhooks.repository.js';

/** The largest answer of a webhook that is read, in bytes. What it says does not matter. */
const ANSWER_BYTES = 64 * 1_024;

interface Parts {
  readonly repository: WebhooksRepository;
  readonly channels: ChannelEntries;
  readonly users: UserEntries;
  readonly logger: Logger;
}

/** The webhooks that the settings name, each with connections of its own. */
export const webhooksOf = (settings: ChannelsSettings, parts: Parts): RunningWebhook[] =>
  (settings.WEBHOOKS ?? []).map((receiver) => webhookOf(receiver, settings, parts));

function webhookOf(
  receiver: WebhookReceiver,
  settings: ChannelsSettings,
  { repository, channels, users, logger }: Parts,
): RunningWebhook {
  const { name } = receiver;
  const caller = new SignedCaller({
    ...{ keys: settings.HOOK_KEYS ?? [], connections: 3 * LOGS_AT_ONCE, answerBytes: ANSWER_BYTES },
    allowsPrivate: settings.HOOK_PRIVATE_ADDRESSES === 'allow',
  });
  const endpoint = new WebhookEndpoint(receiver, caller, logger);
  const patience = {
    backOffMs: settings.WEBHOOK_RETRY_MS,
    giveUpAfterMs: settings.WEBHOOK_GIVE_UP_SECONDS * 1_000,
  };
  const senderOf = (of: WebhookLine['of'], source: WebhookSource) =>
    new WebhookSender({ line: { name, of }, patience, repository, source, endpoint, logger });
  const again = new AgainEntries(name, repository, channels, users);
  return {
    receiver,
    senders: {
      channels: senderOf('channels', channels),
      again: senderOf('again', again),
      ...(kindsOfUsers(receiver).length > 0 && { users: senderOf('users', users) }),
    },
    close: () => endpoint.close(),
  };
}
