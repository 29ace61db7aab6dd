import type { Message } from '@parley/protocol';
import { targetOf } from '../conversations/place.js';
import { useChat } from '../parley.js';
import { useSurroundings } from './message-context.js';

/** What is offered first. The server takes any other as well. */
export const OFFERED = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀'] as const;

/** How the user gives a reaction, or takes it back. */
export function useReact({ UUID, reactions = [] }: Message): (reaction: string) => void {
  const { client, notices } = useChat();
  const target = targetOf(useSurroundings().conversation.place);
  return (reaction) => {
    const isMine = reactions.some((each) => each.reaction === reaction && each.mine);
    const change = isMine ? client.unreact(target, UUID, reaction) : client.react(target, UUID, reaction);
    change.catch(notices.fail);
  };
}

/** The reactions to a message, each with how many gave it. */
export function Reactions({ message }: { readonly message: Message }) {
  const react = useReact(message);
  if (!message.reactions?.length || message.deletedAt !== undefined) return null;
  return (
    <ul className="reactions plain-list" aria-label="Reactions">
      {message.reactions.map(({ reaction, count, mine }) => (
        <li key={reaction}>
          <button type="button" className="reaction" aria-pressed={mine} onClick={() => react(reaction)}>
            {reaction} <span>{count}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
