import type { Target } from '@parley/client';
import { ParleyProvider } from '@parley/react';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Chat } from './chat.js';
import type { Conversation } from './conversations/conversation.js';
import { targetOf } from './conversations/place.js';
import { ChannelMessages } from './messages/channel-messages.js';
import type { Store } from './store.js';

const ChatContext = createContext<Chat | undefined>(undefined);

interface ChatProviderProps {
  readonly chat: Chat;
  readonly children: ReactNode;
}

/** Gives the chat to this client's own hooks, and its client to those of `@parley/react`. */
export const ChatProvider = ({ chat, children }: ChatProviderProps) => (
  <ChatContext value={chat}>
    <ParleyProvider client={chat.client} people={chat.people}>
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
export const useInbox = () => useStore(useChat().conversations.list);

/** The messages of a conversation, as long as it is on the screen. One component shows one conversation. */
export function useMessages({ place }: Conversation): ChannelMessages | undefined {
  const { client, me } = useChat();
  const [messages, setMessages] = useState<ChannelMessages>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is another object after each message, and means the same
  useEffect(() => {
    const opened = new ChannelMessages(client, targetOf(place), me.UUID);
    setMessages(opened);
    return () => opened.close();
  }, [client, me.UUID]);
  return messages;
}

const NOBODY: ReadonlyMap<string, number> = new Map();

/** How far each member has read a channel. */
export function useReads(target: Target): ReadonlyMap<string, number> {
  const { client } = useChat();
  const subscribe = useCallback(
    (changed: () => void) => {
      const stops = (['read', 'message', 'group', 'state', 'reload'] as const).map((name) =>
        client.on(name, changed),
      );
      return () => {
        for (const stop of stops) stop();
      };
    },
    [client],
  );
  return useSyncExternalStore(subscribe, () => {
    const reads = client.reads(target);
    return reads.size > 0 ? reads : NOBODY;
  });
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
