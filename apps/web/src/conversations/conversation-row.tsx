import { useTyping } from '@parley/react';
import { briefTime } from '../messages/timeline.js';
import { useChat } from '../parley.js';
import { Avatar } from '../people/avatar.js';
import { writingLine } from '../people/writing-line.js';
import { type Conversation, previewOf } from './conversation.js';
import { targetOf } from './place.js';
import { useRoute } from './route.js';

/** One conversation of the list: who, what was said last, and how much is new. */
export function ConversationRow({ conversation }: { readonly conversation: Conversation }) {
  const isOpen = useRoute() === `#${conversation.key}`;
  const { title, lastMessage: last, unread } = conversation;
  return (
    <li>
      <a
        className="row"
        href={`#${conversation.key}`}
        aria-current={isOpen ? 'page' : undefined}
        data-unread={unread > 0}
      >
        <ConversationAvatar conversation={conversation} />
        <span className="row-text">
          <span className="row-line">
            <span className="row-title clipped">{title}</span>
            {last && <time dateTime={last.CreatedAt}>{briefTime(last.CreatedAt)}</time>}
          </span>
          <span className="row-line">
            <Preview conversation={conversation} />
            <Badge conversation={conversation} />
          </span>
        </span>
      </a>
    </li>
  );
}

export function ConversationAvatar({ conversation }: { readonly conversation: Conversation }) {
  const { key, place, title } = conversation;
  if (place.kind === 'private') return <Avatar id={place.partner} name={title} person={place.partner} />;
  return <Avatar id={key} name={title} shape="group" />;
}

function Preview({ conversation }: { readonly conversation: Conversation }) {
  const { me } = useChat();
  const writing = writingLine(useTyping(targetOf(conversation.place)).users);
  if (writing) return <span className="row-preview clipped writing">{writing}</span>;
  return <span className="row-preview clipped">{previewOf(conversation, me.UUID)}</span>;
}

function Badge({ conversation: { unread, isMentioned } }: { readonly conversation: Conversation }) {
  if (unread === 0) return null;
  return (
    <span className="badge" data-mentioned={isMentioned}>
      {isMentioned && '@ '}
      {unread > 99 ? '99+' : unread}
      <span className="heard-only">{isMentioned ? ' unread, one names you' : ' unread'}</span>
    </span>
  );
}
