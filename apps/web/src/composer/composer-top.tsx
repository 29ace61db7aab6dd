import type { Message } from '@parley/protocol';
import { IconButton } from '../design/button.js';
import { Icon } from '../design/icon.js';

interface TopProps {
  readonly editing: Message | undefined;
  readonly replyTo: Message | undefined;
  readonly cancel: () => void;
}

/** What the text will be: a change of a message, or an answer to one. */
export function ComposerTop({ editing, replyTo, cancel }: TopProps) {
  const about = editing ?? replyTo;
  if (about === undefined) return null;
  return (
    <div className="composer-top">
      <Icon name={editing ? 'edit' : 'reply'} />
      <span className="composer-about clipped">
        <strong>{editing ? 'Edit your message' : `Reply to ${about.Sender.Username}`}</strong>
        <span className="clipped">{about.Message}</span>
      </span>
      <IconButton icon="close" label={editing ? 'Stop editing' : 'Do not reply'} onClick={cancel} />
    </div>
  );
}
