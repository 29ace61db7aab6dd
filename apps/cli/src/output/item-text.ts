import type { InboxItem } from '@parley/client';
import type { ConversationNames } from '../session/conversation-names.js';
import { messageText } from './message-text.js';

const CONTACT = {
  contactAdd: 'added as a contact',
  contactRemove: 'removed from the contacts',
  block: 'blocked',
  unblock: 'unblocked',
} as const;

/** An item of the inbox in a line for people; empty for what only tells another device that something was read. */
export async function itemText(item: InboxItem, names: ConversationNames, reader: string): Promise<string> {
  switch (item.kind) {
    case 'message':
    case 'mention': {
      if (item.message === undefined) return '';
      const mark = item.kind === 'mention' ? '@ ' : '';
      return mark + messageText(item.message, await names.ofMessage(item.message));
    }
    case 'invite':
      return `${await names.ofUser(item.by)} has made you a member of ${await names.ofChannel(item.channelUUID)}`;
    case 'kick': {
      const how = item.ban === true ? 'banned you from' : 'removed you from';
      return `${await names.ofUser(item.by)} has ${how} ${await names.ofChannel(item.channelUUID)}`;
    }
    case 'contact': {
      const [by, whom] = [await personOf(item.by), await personOf(item.userUUID)];
      return `${by} ${CONTACT[item.change]}: ${whom}`;
    }
    case 'read':
      return '';
  }

  function personOf(userUUID: string): Promise<string> {
    return userUUID === reader ? Promise.resolve('you') : names.ofUser(userUUID);
  }
}
