import type { Message } from '@parley/protocol';
import { LIMITS, may } from '@parley/protocol/constants';
import { type Composer as Draft, type MessageFeed, useComposer } from '@parley/react';
import { type FormEvent, type KeyboardEvent, useEffect, useRef } from 'react';
import type { Conversation } from '../conversations/conversation.js';
import { targetOf } from '../conversations/place.js';
import { IconButton } from '../design/button.js';
import { useChat, useStore } from '../parley.js';
import { Banned } from './closed-composer.js';
import { ComposerTop } from './composer-top.js';
import { MentionList } from './mention-list.js';
import { useField } from './use-field.js';
import { useMentions } from './use-mentions.js';
import type { Writing } from './writing.js';

interface ComposerProps {
  readonly conversation: Conversation;
  readonly writing: Writing;
  readonly feed: MessageFeed;
}

/** Where one writes, or why one cannot. */
export function Composer(props: ComposerProps) {
  const { group, place } = props.conversation;
  const { contacts } = useChat();
  useStore(contacts.book);
  if (place.kind === 'private' && contacts.isBlocked(place.partner))
    return <Banned partner={place.partner} />;
  if (group && !may(group.role, 'post', { isArchived: group.archived }))
    return (
      <p className="composer-closed">
        {group.archived ? 'This group is archived. Nothing can be written here.' : 'You cannot write here.'}
      </p>
    );
  return <OpenComposer {...props} />;
}

function OpenComposer(props: ComposerProps) {
  const { conversation, writing } = props;
  const draft = useComposer(targetOf(conversation.place));
  const { editing, replyTo, canSend, cancel, send, error } = draft;
  useFailure(error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send();
  };
  return (
    <form className="composer" onSubmit={submit} aria-label="Write a message">
      <ComposerTop
        editing={editing}
        replyTo={replyTo}
        cancel={() => {
          cancel();
          writing.takeFocus();
        }}
      />
      <div className="composer-line">
        <TextField {...props} draft={draft} />
        <IconButton
          icon={editing ? 'check' : 'send'}
          label={editing ? 'Save' : 'Send'}
          className="send"
          disabled={!canSend}
          onClick={() => {
            void send();
            // Nothing is left to send, and a button that is disabled cannot keep the focus.
            writing.takeFocus();
          }}
        />
      </div>
    </form>
  );
}

/** Says why a change was refused. Its text is in the field again. */
function useFailure(error: Error | undefined): void {
  const { notices } = useChat();
  useEffect(() => {
    if (error !== undefined) notices.fail(error);
  }, [error, notices]);
}

function TextField({ conversation, writing, feed, draft }: ComposerProps & { readonly draft: Draft }) {
  const { text, editing } = draft;
  const field = useRef<HTMLTextAreaElement>(null);
  const mentions = useMentions(conversation, draft, field);
  useField(field, text, writing);
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (mentions.onKeyDown(event)) return;
    if (handled(event, { draft, feed, writing })) event.preventDefault();
  };
  return (
    <>
      <MentionList mentions={mentions} />
      <textarea
        ref={field}
        className="composer-field"
        rows={1}
        value={text}
        maxLength={LIMITS.messageCharacters}
        placeholder={`Message ${conversation.title}`}
        aria-label={editing ? 'Edit the message' : `Message ${conversation.title}`}
        {...mentions.attributes}
        onChange={({ target }) => {
          draft.setText(target.value);
          mentions.look();
        }}
        onSelect={mentions.look}
        onBlur={mentions.close}
        onKeyDown={onKeyDown}
      />
    </>
  );
}

interface KeyContext {
  readonly draft: Draft;
  readonly feed: MessageFeed;
  readonly writing: Writing;
}

/** Enter sends, unless it ends a word of an input method, or the keyboard is on the screen: there it begins a line. */
function handled(event: KeyboardEvent, { draft, feed, writing }: KeyContext): boolean {
  const { key, shiftKey, nativeEvent } = event;
  if (key === 'Enter' && !shiftKey && !nativeEvent.isComposing && matchMedia('(pointer: fine)').matches) {
    void draft.send();
    return true;
  }
  const { text, editing, replyTo } = draft;
  if (key === 'Escape' && (editing ?? replyTo)) {
    draft.cancel();
    writing.takeFocus();
    return true;
  }
  const last = key === 'ArrowUp' && text === '' && !editing ? lastOwn(feed) : undefined;
  if (last) writing.edit(last);
  return last !== undefined;
}

/** The newest message of the user that can be edited. */
function lastOwn({ messages, hasNewer }: MessageFeed): Message | undefined {
  if (hasNewer) return undefined;
  return messages.findLast(
    ({ isOwn, state, deletedAt }) => isOwn && state === 'stored' && deletedAt === undefined,
  );
}
