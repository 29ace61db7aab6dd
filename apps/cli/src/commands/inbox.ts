import type { InboxItem } from '@parley/client';
import type { Call, Command } from '../command.js';
import { wholeNumber } from '../numbers.js';
import { itemText } from '../output/item-text.js';
import { ConversationNames } from '../session/conversation-names.js';
import { readInbox } from '../session/inbox-end.js';
import { type SignedIn, signedIn } from '../session/signed-in.js';

const LIMIT = { least: 1, most: 1000, otherwise: 20 };

/** Marks read what the items are about. */
async function markRead({ client }: SignedIn, items: readonly InboxItem[]): Promise<void> {
  const newest = new Map<string, { target: object; seq: number }>();
  for (const item of items) {
    if (item.kind !== 'message' && item.kind !== 'mention') continue;
    const partner = item.message?.RecipientUUID ? item.message.SenderUUID : undefined;
    const target = partner === undefined ? { channelUUID: item.channelUUID } : { recipientUUID: partner };
    newest.set(item.channelUUID, { target, seq: item.messageSeq });
  }
  for (const { target, seq } of newest.values()) await client.markRead(target, seq);
}

async function inbox(call: Call): Promise<void> {
  const limit = wholeNumber('limit', call.options['limit'], LIMIT)!;
  await signedIn(call, async (session) => {
    const { client, directory, me } = session;
    const { unread, at, items } = await readInbox(client, limit);
    const names = new ConversationNames(client, directory, me.userUUID);
    const lines: string[] = [];
    for (const item of call.printer.isJson ? [] : items) lines.push(await itemText(item, names, me.userUUID));
    const shown = [...lines.filter((line) => line !== ''), `${unread} unread`];
    if (call.options['read'] === true) await markRead(session, items);
    await call.printer.say({ unread, ...at, items }, shown.join('\n'));
  });
}

/** The command that shows what concerns the user. */
export const INBOX_COMMANDS: readonly Command[] = [
  {
    name: 'inbox',
    args: [],
    options: {
      limit: { type: 'string', value: 'N', does: 'at most so many; 20 by default' },
      read: { type: 'boolean', does: 'marks the messages that are shown as read' },
    },
    does: 'shows the newest that concerns you in any channel, and how much is unread',
    json: '`{unread, epoch, seq, items: [{seq, kind, channelUUID, …}]}`',
    run: inbox,
  },
];
