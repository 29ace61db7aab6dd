import { type InboxMessage, type NotedItem, noteRecord } from './inbox-changes.js';

/** A message that users are told of. */
export type ToldMessage = Pick<InboxMessage['stored'], 'UUID' | 'Seq'>;

/** What users are told of in their inboxes. `key` names the request, so that what is told twice is one item. */
export type Told =
  | ({ readonly kind: 'message' } & Pick<InboxMessage, 'mark' | 'stored'>)
  | { readonly kind: 'mention'; readonly stored: ToldMessage }
  | { readonly kind: 'invite'; readonly by: string; readonly key: string }
  | { readonly kind: 'kick'; readonly by: string; readonly ban: boolean; readonly key: string }
  | ({ readonly kind: 'contact'; readonly by: string; readonly key: string } & Required<
      Pick<NotedItem, 'userUUID' | 'change'>
    >);

/** Who is told, and how far that user had read a group when its message was stored. */
export interface Recipient {
  readonly userUUID: string;
  readonly read?: InboxMessage['read'];
}

/** Something that several users are told of. It holds no text of a message. */
export interface Telling {
  /** Empty for contacts. */
  readonly channelUUID: string;
  readonly told: Told;
  readonly recipients: readonly Recipient[];
}

/** Who is mentioned in a channel. */
export interface Mentioned {
  readonly channelUUID: string;
  readonly sender: string;
  readonly mentioned: readonly { readonly userUUID: string }[];
  /** The members when the message was stored, where they are known. */
  readonly members?: readonly { readonly userUUID: string }[] | undefined;
}

/** The item of anything but a message, and the record by which it is recognised. */
export function notedItem(
  channelUUID: string,
  told: Exclude<Told, { readonly kind: 'message' }>,
): { readonly item: NotedItem; readonly record: string } {
  const { kind } = told;
  switch (kind) {
    case 'mention': {
      const { UUID, Seq: messageSeq } = told.stored;
      return { item: { kind, channelUUID, UUID, messageSeq }, record: noteRecord(`mention ${UUID}`) };
    }
    case 'invite':
      return { item: { kind, channelUUID, by: told.by }, record: recordOf(channelUUID, told) };
    case 'kick': {
      const item = { kind, channelUUID, by: told.by, ...(told.ban && { ban: true }) };
      return { item, record: recordOf(channelUUID, told) };
    }
    case 'contact': {
      const { by, userUUID, change } = told;
      return { item: { kind, channelUUID, by, userUUID, change }, record: recordOf(channelUUID, told) };
    }
  }
}

const recordOf = (channelUUID: string, { kind, key }: { readonly kind: string; readonly key: string }) =>
  noteRecord(`${kind} ${channelUUID} ${key}`);
