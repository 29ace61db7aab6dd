import type { ClientState } from '@parley/client';
import type { Message } from '@parley/protocol';
import { type Conversation, type Conversations, GENERAL_ID, onlyGeneral } from './conversations.js';

/** A message of the reader that the server has not acknowledged yet. */
export interface PendingPost {
  readonly key: string;
  readonly conversationId: string;
  readonly text: string;
  /** Why it is not stored, if that is certain. */
  readonly failure?: string | undefined;
}

/** Somebody who is writing. */
export interface Writer {
  readonly channelUUID: string;
  readonly userUUID: string;
  readonly username: string;
}

/** What the full screen shows. Each change makes another object. */
export interface ChatState {
  readonly connection: ClientState;
  /** Why there is no further attempt to connect. */
  readonly ending?: string | undefined;
  readonly conversations: Conversations;
  readonly activeId: string;
  /** Of the active conversation, the oldest first. */
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  readonly isLoading: boolean;
  readonly pending: readonly PendingPost[];
  readonly writers: readonly Writer[];
  /** What went wrong last. */
  readonly notice?: string | undefined;
}

export const firstState: ChatState = {
  connection: 'online',
  conversations: onlyGeneral,
  activeId: GENERAL_ID,
  messages: [],
  hasOlder: false,
  isLoading: true,
  pending: [],
  writers: [],
};

/** The conversation that is shown. */
export const activeOf = ({ conversations, activeId }: ChatState): Conversation =>
  conversations.find(({ id }) => id === activeId) ?? conversations[0]!;

/** The names of those who are writing in the conversation that is shown. */
export function writersIn(state: ChatState): string[] {
  const { channelUUID } = activeOf(state);
  return state.writers.filter((each) => each.channelUUID === channelUUID).map(({ username }) => username);
}

/** The conversation that lies `by` places after the active one, around the ends of the list. */
export function neighbourOf({ conversations, activeId }: ChatState, by: number): string {
  const index = conversations.findIndex(({ id }) => id === activeId);
  const count = conversations.length;
  return conversations[(index + by + count) % count]!.id;
}

/** How many messages are unread in all conversations. */
export const unreadIn = ({ conversations }: Pick<ChatState, 'conversations'>): number =>
  conversations.reduce((sum, { unread }) => sum + unread, 0);
