import type { WebhookDelivery, WebhookState } from '@parley/contracts';
import { type Command, UsageError } from '../command.js';
import { channelNamed } from './channel-named.js';
import { numberOf } from './number-of.js';

/** Deliveries that are asked for at once. */
const PAGE = 100;
/** Deliveries that are shown without --limit. */
const SHOWN = 20;
const MOST_SHOWN = 2_000;

/** The commands about webhooks. */
export const WEBHOOK_COMMANDS: readonly Command[] = [
  {
    name: 'webhooks',
    args: [],
    options: {},
    does: 'shows how many channels and users wait for each webhook, since when it fails, and the newest events that were set aside',
    async run({ services, print }) {
      const { webhooks } = await services.channels.ask('channels.webhooks', {});
      await print(webhooks.length === 0 ? 'There are no webhooks.\n' : webhooks.map(described).join(''));
    },
  },
  {
    name: 'webhook-deliveries',
    args: ['WEBHOOK'],
    options: { outcome: { type: 'string' }, limit: { type: 'string' } },
    does: 'shows the newest deliveries of a webhook, with --outcome taken, waiting or set_aside those alone; 20, or --limit',
    async run(call) {
      const { services, args, print } = call;
      const outcome = outcomeOf(call.options.outcome);
      let left = numberOf(call, 'limit', [1, MOST_SHOWN]) ?? SHOWN;
      for (let cursor: string | undefined; left > 0; ) {
        const asked = { name: args[0]!, outcome, cursor, limit: Math.min(left, PAGE) };
        const page = await services.channels.ask('channels.deliveriesOf', asked);
        for (const delivery of page.deliveries) await print(lineOf(delivery));
        left -= page.deliveries.length;
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
    },
  },
  {
    name: 'webhook-replay',
    args: ['WEBHOOK', 'CHANNEL'],
    options: { after: { type: 'string' } },
    does: 'sends a webhook the events of a channel again: those after the entry with Seq --after',
    async run(call) {
      const { services, args, print } = call;
      const channelUUID = channelNamed('webhook-replay', args[1]!);
      const after = numberOf(call, 'after', [0, Number.MAX_SAFE_INTEGER]);
      if (after === undefined) throw new UsageError('webhook-replay: expected --after and a Seq');
      await services.channels.ask('channels.replayWebhook', { name: args[0]!, channelUUID, after });
      await print(`${args[0]} gets the events of ${channelUUID} after ${after} again.\n`);
    },
  },
  {
    name: 'webhook-resend',
    args: ['WEBHOOK', 'EVENT'],
    options: {},
    does: 'sends a webhook one event again, by its id, or with "all" everything that was set aside',
    async run({ services, args, print }) {
      const [name, id] = args as [string, string];
      if (id !== 'all') {
        await services.channels.ask('channels.sendAgain', { name, id });
        await print(`${name} gets ${id} again.\n`);
        return;
      }
      const { replayed } = await services.channels.ask('channels.sendAsideAgain', { name });
      await print(`${name} gets ${replayed === 1 ? '1 event' : `${replayed} events`} again.\n`);
    },
  },
];

function described({ name, waiting, aside, more }: WebhookState): string {
  const users = more && more.usersWaiting > 0 ? `, and ${more.usersWaiting} users` : '';
  const failing =
    more?.failingSince === undefined ? '' : `; fails since ${new Date(more.failingSince).toISOString()}`;
  const entries = aside.map(({ channelUUID, seq, reason, id = '' }) =>
    `  set aside: ${channelUUID} ${seq} ${reason} ${id}`.trimEnd(),
  );
  return `${[`${name}: ${waiting} channels${users} wait${failing}`, ...entries].join('\n')}\n`;
}

function lineOf({ id, type, log, seq, attempts, outcome, status, fault, lastAt }: WebhookDelivery): string {
  const ended = [status, fault].filter((part) => part !== undefined && part !== 'status');
  const parts = [
    new Date(lastAt).toISOString(),
    id,
    type,
    log,
    seq,
    `attempts ${attempts}`,
    outcome,
    ...ended,
  ];
  return `${parts.join(' ')}\n`;
}

function outcomeOf(text: string | boolean | undefined): WebhookDelivery['outcome'] | undefined {
  if (text === undefined || text === 'taken' || text === 'waiting' || text === 'set_aside') return text;
  throw new UsageError('webhook-deliveries: expected --outcome taken, waiting or set_aside');
}
