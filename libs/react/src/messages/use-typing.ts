import { useCallback } from 'react';
import { useStores } from '../provider.js';
import { type ChannelRef, keyOf, targetOf } from '../shared/channel-ref.js';
import { useSelected } from '../shared/use-shared.js';
import { NOBODY_ANYWHERE, type Typing, type Writers } from './typing.js';
import { NOBODY, type TypingUser } from './typing-users.js';

const writersOf = (typing: Typing) => typing.writers;

/**
 * Who is writing in a channel that something else follows: `useMessages`, `useChannel`, or the application by `client.subscribe`. So a
 * row of a list may use it. `signal` says that the user is writing: `useComposer` calls it at each change of the text.
 */
export function useTyping(channel: ChannelRef): {
  readonly users: readonly TypingUser[];
  readonly signal: () => void;
} {
  const { client, typing } = useStores();
  const key = keyOf(channel);
  const usersIn = (writers: Writers) => {
    const channelUUID = writers.size > 0 ? client.channelUUID(targetOf(key)) : undefined;
    return (channelUUID !== undefined && writers.get(channelUUID)) || NOBODY;
  };
  const users = useSelected(typing, '', writersOf, NOBODY_ANYWHERE, usersIn);
  const signal = useCallback(() => client.typing(targetOf(key)), [client, key]);
  return { users, signal };
}
