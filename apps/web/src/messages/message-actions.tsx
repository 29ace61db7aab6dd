import type { Message } from '@parley/protocol';
import { may } from '@parley/protocol/constants';
import { lazy, type MouseEvent, Suspense, useEffect, useRef, useState } from 'react';
import { targetOf } from '../conversations/place.js';
import { IconButton } from '../design/button.js';
import { useChat } from '../parley.js';
import { useSurroundings } from './message-context.js';
import { OFFERED, useReact } from './reactions.js';

const ConfirmDialog = lazy(() => import('../design/confirm-dialog.js'));

interface ActionsProps {
  readonly message: Message;
  readonly isMine: boolean;
}

/** What one can do with a message. It shows while the message has the focus, or the pointer is on it. */
export function MessageActions({ message, isMine }: ActionsProps) {
  const { conversation, writing } = useSurroundings();
  const [open, setOpen] = useState<'reactions' | 'deletion'>();
  const role = conversation.group?.role ?? 'member';
  const can = (operation: Parameters<typeof may>[1]) =>
    may(role, operation, { isArchived: conversation.group?.archived ?? false });
  const close = () => setOpen(undefined);
  if (open === 'reactions') return <Offer message={message} close={close} />;
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are not fields of a form
    <div className="actions" role="group" aria-label="Message actions">
      {can('react') && <IconButton icon="smile" label="React" onClick={() => setOpen('reactions')} />}
      {can('post') && <IconButton icon="reply" label="Reply" onClick={() => writing.reply(message)} />}
      {isMine && can('editOwn') && (
        <IconButton icon="edit" label="Edit" onClick={() => writing.edit(message)} />
      )}
      {can(isMine ? 'deleteOwn' : 'deleteOthers') && (
        <IconButton icon="bin" label="Delete" onClick={() => setOpen('deletion')} />
      )}
      <Suspense>{open === 'deletion' && <Deletion message={message} close={close} />}</Suspense>
    </div>
  );
}

interface PartProps {
  readonly message: Message;
  readonly close: () => void;
}

function Offer({ message, close }: PartProps) {
  const react = useReact(message);
  const first = useRef<HTMLButtonElement>(null);
  // The button that opened this is gone: its user goes on here.
  useEffect(() => first.current?.focus(), []);
  const end = (isByKey: boolean) => {
    // These buttons go away: a keyboard user goes on with the message.
    if (isByKey) first.current!.closest('article')!.focus();
    close();
  };
  const choose = (reaction: string, { detail }: MouseEvent) => {
    react(reaction);
    end(detail === 0);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are not fields of a form
    <div
      className="actions"
      data-open="true"
      role="group"
      aria-label="Choose a reaction"
      onKeyDown={(event) => event.key === 'Escape' && end(true)}
    >
      {OFFERED.map((reaction, n) => (
        <button
          key={reaction}
          type="button"
          className="offered"
          ref={n === 0 ? first : undefined}
          onClick={(event) => choose(reaction, event)}
          aria-label={`React with ${reaction}`}
        >
          {reaction}
        </button>
      ))}
      <IconButton icon="close" label="No reaction" onClick={({ detail }) => end(detail === 0)} />
    </div>
  );
}

function Deletion({ message: { UUID }, close }: PartProps) {
  const { client } = useChat();
  const { conversation, writing } = useSurroundings();
  const remove = async () => {
    await client.delete(targetOf(conversation.place), UUID);
    // The button that asked for it goes with the message.
    writing.takeFocus();
  };
  return (
    <ConfirmDialog
      title="Delete this message?"
      text="It is deleted for everyone, for good."
      action="Delete"
      act={remove}
      close={close}
    />
  );
}
