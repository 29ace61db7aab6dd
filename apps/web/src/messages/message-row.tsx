import type { Message } from '@parley/protocol';
import { memo, type RefObject, useLayoutEffect, useRef } from 'react';
import { Icon } from '../design/icon.js';
import { useChat } from '../parley.js';
import { Avatar } from '../people/avatar.js';
import { MessageActions } from './message-actions.js';
import { useSurroundings } from './message-context.js';
import { partsOf } from './message-text.js';
import { Reactions } from './reactions.js';
import { receiptOf } from './receipts.js';
import { clockOf } from './timeline.js';

interface RowProps {
  readonly message: Message;
  /** Its author is named above it. */
  readonly isFirst: boolean;
}

export const MessageRow = memo(function MessageRow({ message, isFirst }: RowProps) {
  const { me } = useChat();
  const { highlighted, conversation } = useSurroundings();
  const { Sender, SenderUUID, UUID, deletedAt } = message;
  const isMine = SenderUUID === me.UUID;
  // Where two talk, the side says who it is.
  const isNamed = isFirst && !isMine && conversation.place.kind !== 'private';
  return (
    <article
      className="message"
      data-mine={isMine}
      data-first={isFirst}
      data-highlighted={highlighted === UUID}
      aria-label={`${isMine ? 'You' : Sender.Username}, ${clockOf(message.CreatedAt)}`}
      tabIndex={-1}
      ref={useKeptFocus()}
    >
      {!isMine && (
        <span className="message-face">
          {isFirst && <Avatar id={SenderUUID} name={Sender.Username} size="sm" />}
        </span>
      )}
      <div className="message-body">
        {isNamed && <span className="message-author">{Sender.Username}</span>}
        <Bubble message={message} isMine={isMine} />
        <Reactions message={message} />
      </div>
      {deletedAt === undefined && <MessageActions message={message} isMine={isMine} />}
    </article>
  );
});

/** A message that is scrolled far away leaves the page. If it had the focus, the list gets it: the keys must go on. */
function useKeptFocus(): RefObject<HTMLElement | null> {
  const row = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const article = row.current!;
    const list = article.closest<HTMLElement>('.messages');
    return () => {
      if (article.contains(document.activeElement)) list?.focus({ preventScroll: true });
    };
  }, []);
  return row;
}

function Bubble({ message, isMine }: { readonly message: Message; readonly isMine: boolean }) {
  const { Message: text, deletedAt, mentions, CreatedAt, editedAt } = message;
  return (
    <div className="bubble" data-deleted={deletedAt !== undefined}>
      <Quote message={message} />
      {deletedAt === undefined ? (
        <Text text={text} mentions={mentions} />
      ) : (
        <p className="message-text">This message was deleted.</p>
      )}
      <span className="message-foot">
        {editedAt && deletedAt === undefined && <span>edited</span>}
        <time dateTime={CreatedAt}>{clockOf(CreatedAt)}</time>
        {isMine && deletedAt === undefined && <ReceiptMark seq={message.Seq} />}
      </span>
    </div>
  );
}

export function Text({ text, mentions }: { readonly text: string; readonly mentions?: Message['mentions'] }) {
  const { me } = useChat();
  let place = 0;
  const pieces = partsOf(text, mentions).map((part) => {
    const key = place;
    place += part.text.length;
    if (part.kind === 'text') return part.text;
    if (part.kind === 'link')
      return (
        <a key={key} href={part.text} target="_blank" rel="noopener noreferrer">
          {part.text}
        </a>
      );
    return (
      <strong key={key} className="mention" data-me={part.userUUID === me.UUID}>
        {part.text}
      </strong>
    );
  });
  return <p className="message-text">{pieces}</p>;
}

/** What a reply answers, as it is now. */
function Quote({ message: { replyTo, deletedAt } }: { readonly message: Message }) {
  const { jump } = useSurroundings();
  if (replyTo === undefined || deletedAt !== undefined) return null;
  return (
    <button type="button" className="quote" onClick={() => jump(replyTo)} title="Go to the message">
      <span className="heard-only">Answers </span>
      <strong>{replyTo.Username}</strong>
      <span className="clipped">{replyTo.excerpt ?? 'Message deleted'}</span>
    </button>
  );
}

function ReceiptMark({ seq }: { readonly seq: number }) {
  const { me } = useChat();
  const { reads, conversation } = useSurroundings();
  const { state, label } = receiptOf(seq, reads, me.UUID, conversation.place.kind === 'private');
  return (
    <span className="receipt" data-state={state} title={label}>
      <Icon name={state === 'read' ? 'checks' : 'check'} />
      <span className="heard-only">{label}</span>
    </span>
  );
}
