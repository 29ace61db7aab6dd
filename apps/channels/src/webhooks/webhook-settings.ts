import type { UserEventKind } from '@parley/contracts';
import { integerSetting } from '@parley/service-kit';
import { namesPrivateAddress } from '@parley/signed-http';
import { z } from 'zod';
import { HOOKED_KINDS } from '../hooks/hook-settings.js';
import { DEFAULT_EVENTS, WEBHOOK_EVENTS } from './webhook-event.js';

/** Webhooks at most: each adds a step to each message. */
const MOST_WEBHOOKS = 16;
const EXPECTED =
  'expected JSON: [{"name":"crm","url":"https://…","events":["message"],"channels":["group"]}], with names of a-z, 0-9 and -, each once';

const webhook = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,32}$/),
  url: z
    .url({ protocol: /^https?$/ })
    .transform((text) => new URL(text))
    .refine(({ username, password }) => username === '' && password === ''),
  events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .nonempty()
    .default([...DEFAULT_EVENTS]),
  /** Kinds of channels, or their ids. */
  channels: z
    .array(z.union([z.enum(HOOKED_KINDS), z.uuid()]))
    .nonempty()
    .default([...HOOKED_KINDS]),
});

/** An endpoint that is told what has happened. */
export type WebhookReceiver = z.output<typeof webhook>;

/** Which kinds of events that concern users, and not channels, a webhook asks for. */
export const kindsOfUsers = ({ events }: WebhookReceiver): UserEventKind[] =>
  events.filter((kind) => kind === 'user' || kind === 'account' || kind === 'session');

const webhooks = z
  .array(webhook)
  .max(MOST_WEBHOOKS)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length);

/** What this service reads from the environment about webhooks. */
export const webhookSettings = {
  WEBHOOKS: z
    .string()
    .transform((text, context): readonly WebhookReceiver[] => {
      const result = webhooks.safeParse(jsonIn(text));
      if (result.success) return result.data;
      context.addIssue(EXPECTED);
      return z.NEVER;
    })
    .optional()
    .describe(
      'Endpoints that are told of what happens; without `events` and `channels` of everything that happens in channels; they are signed with HOOK_KEYS, and HOOK_PRIVATE_ADDRESSES counts for them too',
    ),
  WEBHOOK_GIVE_UP_SECONDS: integerSetting(60, 2_592_000, 86_400).describe(
    'Time for which an event is sent to a webhook that does not take it, in seconds; after that it is set aside',
  ),
  WEBHOOK_RETRY_MS: integerSetting(10, 60_000, 1_000).describe(
    'Time after which an event is sent again that was not taken, in milliseconds; doubled with each failure, up to 60 times it',
  ),
};

interface Given {
  readonly WEBHOOKS?: readonly WebhookReceiver[] | undefined;
  readonly HOOK_KEYS?: unknown;
  readonly HOOK_PRIVATE_ADDRESSES: 'refuse' | 'allow';
}

/** What is wrong with the settings of webhooks together: one text for each fault, without any value. */
export function webhookFaults({ WEBHOOKS = [], HOOK_KEYS, HOOK_PRIVATE_ADDRESSES }: Given): string[] {
  if (WEBHOOKS.length === 0) return [];
  const isInside = ({ url }: WebhookReceiver) => url.protocol === 'http:' || namesPrivateAddress(url);
  return [
    ...(HOOK_KEYS === undefined ? ['HOOK_KEYS: expected keys, since there is a webhook'] : []),
    ...(HOOK_PRIVATE_ADDRESSES === 'refuse' && WEBHOOKS.some(isInside)
      ? ['WEBHOOKS: expected https:// and public addresses, or HOOK_PRIVATE_ADDRESSES=allow']
      : []),
  ];
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
