import type { Message } from '@parley/protocol';
import { LIMITS, may } from '@parley/protocol/constants';
import type { MessageFeed } from '@parley/react';
import { type FormEvent, type KeyboardEvent, useRef } from 'react';
import type { Conversation } from '../conversations/conversation.js';
import { targetOf } from '../conversations/place.js';
import { IconButton } from '../design/button.js';
import { useChat, useStore } from '../parley.js';
import { Banned } from './closed-composer.js';
import type { ComposerState } from './composer-state.js';
import { ComposerTop } from './composer-top.js';
import { MentionList } from './mention-list.js';
import { useField } from './use-field.js';
import { type Mentions, useMentions } from './use-mentions.js';
import { useSend } from './use-send.js';

interface ComposerProps {
  readonly conversation: Conversation;
  readonly composer: ComposerState;
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
  const { conversation, composer } = props;
  const { text, editing, replyTo } = useStore(composer.written);
  const send = useSend(conversation, composer);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  return (
    <form className="composer" onSubmit={submit} aria-label="Write a message">
      <ComposerTop editing={editing} replyTo={replyTo} cancel={() => composer.cancel()} />
      <div className="composer-line">
        <TextField {...props} send={send} />
        <IconButton
          icon={editing ? 'check' : 'send'}
          label={editing ? 'Save' : 'Send'}
          className="send"
          disabled={text.trim() === ''}
          onClick={() => {
            send();
            // Nothing is left to send, and a button that is disabled cannot keep the focus.
            composer.takeFocus();
          }}
        />
      </div>
    </form>
  );
}

function TextField({ conversation, composer, feed, send }: ComposerProps & { readonly send: () => void }) {
  const { text, editing } = useStore(composer.written);
  const field = useRef<HTMLTextAreaElement>(null);
  const mentions = useMentions(conversation, composer, field);
  const write = useWriting(conversation, composer, mentions);
  useField(field, composer);
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (mentions.onKeyDown(event)) return;
    if (handled(event, { composer, feed, send, isEmpty: text === '' })) event.preventDefault();
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
        onChange={({ target }) => write(target.value)}
        onSelect={mentions.look}
        onBlur={mentions.close}
        onKeyDown={onKeyDown}
      />
    </>
  );
}

/** Each key is kept as a draft, may name somebody, and tells the others that the user is writing. */
function useWriting({ place }: Conversation, composer: ComposerState, mentions: Mentions) {
  const { client } = useChat();
  return (text: string) => {
    composer.write(text);
    mentions.look();
    const isNew = composer.written.get().editing === undefined;
    if (text !== '' && isNew) client.typing(targetOf(place));
  };
}

interface KeyContext {
  readonly composer: ComposerState;
  readonly feed: MessageFeed;
  readonly send: () => void;
  readonly isEmpty: boolean;
}

/** Enter sends, unless it ends a word of an input method, or the keyboard is on the screen: there it begins a line. */
function handled(event: KeyboardEvent, { composer, feed, send, isEmpty }: KeyContext): boolean {
  const { key, shiftKey, nativeEvent } = event;
  if (key === 'Enter' && !shiftKey && !nativeEvent.isComposing && matchMedia('(pointer: fine)').matches) {
    send();
    return true;
  }
  const { editing, replyTo } = composer.written.get();
  if (key === 'Escape' && (editing ?? replyTo)) {
    composer.cancel();
    return true;
  }
  const last = key === 'ArrowUp' && isEmpty && !editing ? lastOwn(feed) : undefined;
  if (last) composer.edit(last);
  return last !== undefined;
}

/** The newest message of the user that can be edited. */
function lastOwn({ messages, hasNewer }: MessageFeed): Message | undefined {
  if (hasNewer) return undefined;
  return messages.findLast(
    ({ isOwn, state, deletedAt }) => isOwn && state === 'stored' && deletedAt === undefined,
  );
}
