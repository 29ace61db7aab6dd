import { useCallback } from 'react';
import { useStores } from '../provider.js';
import { type ChannelRef, keyOf, targetOf } from '../shared/channel-ref.js';
import { useShared } from '../shared/use-shared.js';
import type { Feed } from './feed.js';
import { NOBODY, type TypingUser } from './typing-users.js';

const usersOf = (feed: Feed) => feed.typing.users;

/** Who is writing in a channel. `signal` says that the user is: `useComposer` calls it at each change of the text. */
export function useTyping(channel: ChannelRef): {
  readonly users: readonly TypingUser[];
  readonly signal: () => void;
} {
  const { client, feeds } = useStores();
  const key = keyOf(channel);
  const users = useShared(feeds, key, usersOf, NOBODY);
  const signal = useCallback(() => client.typing(targetOf(key)), [client, key]);
  return { users, signal };
}
