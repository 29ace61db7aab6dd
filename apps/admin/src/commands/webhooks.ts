import type { WebhookState } from '@parley/contracts';
import { type Command, UsageError } from '../command.js';
import { channelNamed } from './channel-named.js';
import { numberOf } from './number-of.js';

/** The commands about webhooks. */
export const WEBHOOK_COMMANDS: readonly Command[] = [
  {
    name: 'webhooks',
    args: [],
    options: {},
    does: 'shows how many channels wait for each webhook, and the newest events that were set aside',
    async run({ services, print }) {
      const { webhooks } = await services.channels.ask('channels.webhooks', {});
      await print(webhooks.length === 0 ? 'There are no webhooks.\n' : webhooks.map(described).join(''));
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
];

function described({ name, waiting, aside }: WebhookState): string {
  const entries = aside.map(
    ({ channelUUID, seq, reason }) => `  set aside: ${channelUUID} ${seq} ${reason}\n`,
  );
  return `${name}: ${waiting} channels wait\n${entries.join('')}`;
}
