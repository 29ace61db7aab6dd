import type { Conversation as Listed } from '@parley/react';
import { keyOf, type Place } from './place.js';

/** One row of the list. */
export interface Conversation extends Listed {
  readonly key: string;
  readonly place: Place;
  /** The newest message's Seq that counts: higher ones are new. */
  readonly newestSeq: number;
}

/** A conversation as this client names it. */
export function conversationOf(listed: Listed, me: string): Conversation {
  const place = placeOf(listed);
  return {
    ...{ ...listed, key: keyOf(place), place, title: titleOf(place, listed.title, me) },
    newestSeq: listed.countedTo,
  };
}

function placeOf({ channelUUID, kind, partner }: Listed): Place {
  if (kind === 'private') return { kind, partner: partner!.UUID };
  return kind === 'group' ? { kind, channelUUID } : { kind };
}

function titleOf(place: Place, title: string, me: string): string {
  if (place.kind === 'general') return 'General';
  return place.kind === 'private' && place.partner === me ? 'Notes to myself' : title;
}

/** The one line that shows what was said last. */
export function previewOf({ lastMessage: last, place }: Conversation, me: string): string {
  if (last === undefined) return place.kind === 'general' ? 'Everyone is here' : 'No messages yet';
  const text =
    last.deletedAt === undefined ? last.Message.replace(/\s+/g, ' ').slice(0, 120) : 'Message deleted';
  if (last.SenderUUID === me) return `You: ${text}`;
  return place.kind === 'private' ? text : `${last.Sender.Username}: ${text}`;
}
