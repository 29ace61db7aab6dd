import type { ChatClient, Payload, Target } from '@parley/client';
import { LIMITS, type Message } from '@parley/protocol';
import type { Call, Command } from '../command.js';
import { UsageError } from '../exit-codes.js';
import { wholeNumber } from '../numbers.js';
import { messageText } from '../output/message-text.js';
import { placeOf } from '../session/places.js';
import { signedIn } from '../session/signed-in.js';

const LIMIT = { least: 1, most: 10_000, otherwise: 20 };
const SEQ = { least: 0, most: Number.MAX_SAFE_INTEGER };

interface Wanted {
  readonly limit: number;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

/** Reads as many messages as wanted, the oldest first, in as many pages as that takes. */
async function read(client: ChatClient, target: Target, wanted: Wanted) {
  const messages: Message[] = [];
  for (;;) {
    const page = await client.history(target, nextPage(messages, wanted));
    if (wanted.after === undefined) messages.unshift(...page.messages);
    else messages.push(...page.messages);
    const isDone = messages.length >= wanted.limit || !page.hasMore || page.messages.length === 0;
    if (isDone) return { channelUUID: page.channelUUID, messages, hasMore: page.hasMore };
  }
}

function nextPage(messages: readonly Message[], { limit, before, after }: Wanted) {
  const size = { limit: Math.min(limit - messages.length, LIMITS.messagesPerPage) };
  if (after !== undefined) return { ...size, after: messages.at(-1)?.Seq ?? after };
  const end = messages[0]?.Seq ?? before;
  return end === undefined ? size : { ...size, before: end };
}

async function history(call: Call): Promise<void> {
  const { args, options, printer } = call;
  const limit = wholeNumber('limit', options['limit'], LIMIT)!;
  const before = wholeNumber('before', options['before'], SEQ);
  const after = wholeNumber('after', options['after'], SEQ);
  if (before !== undefined && after !== undefined)
    throw new UsageError('history: expected --before or --after');
  await signedIn(call, async (session) => {
    const { target } = await placeOf(args[0] ?? 'general', session);
    const found: Pick<Payload<'channelMessages'>, 'channelUUID' | 'messages' | 'hasMore'> = await read(
      session.client,
      target,
      { limit, before, after },
    );
    await printer.say(found, found.messages.map((message) => messageText(message)).join('\n'));
  });
}

/** The command that reads what was written. */
export const HISTORY_COMMANDS: readonly Command[] = [
  {
    name: 'history',
    args: ['[CHANNEL]'],
    options: {
      limit: { type: 'string', value: 'N', does: 'at most so many; 20 by default' },
      before: { type: 'string', value: 'SEQ', does: 'only messages before that one' },
      after: { type: 'string', value: 'SEQ', does: 'only messages after that one' },
    },
    does: 'shows the newest messages, of general without CHANNEL; the oldest comes first',
    json: '`{channelUUID, messages, hasMore}`',
    run: history,
  },
];
