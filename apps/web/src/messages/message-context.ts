import type { Reply } from '@parley/protocol';
import { createContext, useContext } from 'react';
import type { Writing } from '../composer/writing.js';
import type { Conversation } from '../conversations/conversation.js';

/** What a message needs to know of the conversation that it stands in. */
export interface MessageSurroundings {
  readonly conversation: Conversation;
  readonly writing: Writing;
  /** Sends a failed message again, or forgets it, by its key. */
  readonly retry: (key: string) => void;
  readonly discard: (key: string) => void;
  readonly reads: ReadonlyMap<string, number>;
  /** Goes to a message that is answered. */
  readonly jump: (to: Reply) => void;
  /** The message that the user has just gone to. */
  readonly highlighted: string | undefined;
}

const Surroundings = createContext<MessageSurroundings | undefined>(undefined);

export const SurroundingsProvider = Surroundings.Provider;

export function useSurroundings(): MessageSurroundings {
  const surroundings = useContext(Surroundings);
  if (surroundings === undefined) throw new Error('a message stands outside of a conversation');
  return surroundings;
}
