import type { Logger } from '@parley/service-kit';
import { SignedCaller } from '@parley/signed-http/signed-caller';
import type { ChannelsSettings } from '../config.js';
import type { LogsRepository } from '../logs.repository.js';
import { WebhookEndpoint } from './webhook-endpoint.js';
import { CHANNELS_AT_ONCE, PATIENCE, WebhookSender } from './webhook-sender.js';
import type { RunningWebhook } from './webhooks.js';
import type { WebhooksRepository } from './webhooks.repository.js';

/** The largest answer of a webhook that is read, in bytes. What it says does not matter. */
const ANSWER_BYTES = 64 * 1_024;

/** The webhooks that the settings name, each with connections of its own. */
export const webhooksOf = (
  settings: ChannelsSettings,
  repository: WebhooksRepository,
  logs: LogsRepository,
  logger: Logger,
): RunningWebhook[] =>
  (settings.WEBHOOKS ?? []).map((receiver) => {
    const caller = new SignedCaller({
      ...{ keys: settings.HOOK_KEYS ?? [], connections: CHANNELS_AT_ONCE, answerBytes: ANSWER_BYTES },
      allowsPrivate: settings.HOOK_PRIVATE_ADDRESSES === 'allow',
    });
    const patience = { ...PATIENCE, giveUpAfterMs: settings.WEBHOOK_GIVE_UP_SECONDS * 1_000 };
    const endpoint = new WebhookEndpoint(receiver, caller, logger);
    const { name } = receiver;
    return { receiver, sender: new WebhookSender({ name, patience, repository, logs, endpoint, logger }) };
  });
