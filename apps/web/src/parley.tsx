import { ParleyProvider, useInbox as useListed } from '@parley/react';
import {
  createContext,
  type ReactNode,
  type RefObject,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Chat } from './chat.js';
import type { ConversationList } from './conversations/conversations.js';
import type { Store } from './store.js';

const ChatContext = createContext<Chat | undefined>(undefined);

/**
 * A conversation on the screen holds 500 messages once it rests: about 1 MB of short ones, however long the history is. The list of
 * conversations follows all of them, whether one is shown or not.
 */
const HELD = { windowSize: 500, slackSize: 500, keepsSubscriptions: true };

interface ChatProviderProps {
  readonly chat: Chat;
  readonly children: ReactNode;
}

/** Gives the chat to this client's own hooks, and its client to those of `@parley/react`. */
export const ChatProvider = ({ chat, children }: ChatProviderProps) => (
  <ChatContext value={chat}>
    <ParleyProvider
      client={chat.client}
      people={chat.people}
      inbox={chat.inbox}
      storage={chat.storage}
      {...HELD}
    >
      {children}
    </ParleyProvider>
  </ChatContext>
);

/** The chat of the user who is signed in. */
export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (chat === undefined) throw new Error('useChat stands outside of a ChatProvider');
  return chat;
}

export const useStore = <T,>(store: Store<T>): T => useSyncExternalStore(store.subscribe, store.get);

/** The user's conversations by their keys. */
export function useInbox(): ConversationList {
  const { conversations } = useChat();
  const { status, conversations: listed } = useListed();
  return { status, all: conversations.all(listed) };
}

/** The value of the newest render, for what happens later. */
export function useNewest<T>(value: T): RefObject<T> {
  const newest = useRef(value);
  useLayoutEffect(() => {
    newest.current = value;
  });
  return newest;
}

/** What a promise has brought, once it has; read again when `key` changes. */
export function useLoaded<T>(
  key: string,
  load: () => Promise<T>,
): { readonly value?: T; readonly error?: Error; reload(): void } {
  const [state, setState] = useState<{ readonly value?: T; readonly error?: Error }>({});
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key and the round say when to read again
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (value) => isCurrent && setState({ value }),
      (error: Error) => isCurrent && setState((now) => ({ ...now, error })),
    );
    return () => {
      isCurrent = false;
    };
  }, [key, round]);
  const reload = useCallback(() => setRound((now) => now + 1), []);
  return useMemo(() => ({ ...state, reload }), [state, reload]);
}
