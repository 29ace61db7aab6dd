import type { ChannelsRetentionContract, ReplyOf } from '@parley/contracts';
import { type Call, type Command, UsageError } from '../command.js';
import { channelNamed } from './channel-named.js';
import { numberOf } from './number-of.js';

const DAY_MS = 86_400_000;
/** As many as MESSAGES_PER_CHANNEL allows. */
const MOST_MESSAGES = 1_000_000_000;
const MOST_DAYS = 36_500;

/** The command that says which messages a channel keeps. */
export const RETENTION_COMMANDS: readonly Command[] = [
  {
    name: 'retention',
    args: ['CHANNEL'],
    options: { messages: { type: 'string' }, days: { type: 'string' }, none: { type: 'boolean' } },
    does: 'shows or sets which messages a channel keeps: at least so many of the newest (0: all), none older than so many days (0: any age); --none: as the setting says',
    async run(call) {
      const { services, args, print } = call;
      const channelUUID = channelNamed('retention', args[0]!);
      const change = changeOf(call);
      const kept = await services.channels.ask('channels.retention', { channelUUID, change });
      await print(`${channelUUID} keeps ${described(kept)}\n`);
      if (change === undefined || change === 'none') return;
      while (!(await services.channels.ask('channels.trim', { channelUUID })).isDone);
      await print('What it keeps no longer is deleted.\n');
    },
  },
];

function changeOf(call: Call) {
  const messages = numberOf(call, 'messages', [0, MOST_MESSAGES]);
  const days = numberOf(call, 'days', [0, MOST_DAYS]);
  const isGiven = messages !== undefined || days !== undefined;
  if (call.options['none'] !== true)
    return isGiven ? { messages, ms: days === undefined ? undefined : days * DAY_MS } : undefined;
  if (isGiven) throw new UsageError('retention: expected either --none or numbers');
  return 'none' as const;
}

function described({
  messages,
  ms,
  messagesByDefault,
}: ReplyOf<ChannelsRetentionContract, 'channels.retention'>): string {
  const most = messages ?? messagesByDefault;
  const number = most === 0 ? 'all messages' : `at least the newest ${most} messages`;
  const why = messages === undefined ? ' (MESSAGES_PER_CHANNEL)' : '';
  return `${number}${why}${ms === undefined ? '' : `, but none older than ${ms / DAY_MS} days`}`;
}
