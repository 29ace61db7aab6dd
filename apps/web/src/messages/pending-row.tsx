import type { PendingPost } from '../composer/pending-posts.js';
import { targetOf } from '../conversations/place.js';
import { Button } from '../design/button.js';
import { Icon } from '../design/icon.js';
import { useChat } from '../parley.js';
import { useSurroundings } from './message-context.js';
import { Text } from './message-row.js';

/** A message on its way, or one that was refused. */
export function PendingRow({ post }: { readonly post: PendingPost }) {
  const hasFailed = post.state === 'failed';
  return (
    <article
      className="message"
      data-mine="true"
      data-first="true"
      tabIndex={-1}
      aria-label={hasFailed ? 'Not sent' : 'Sending'}
    >
      <div className="message-body">
        <div className="bubble" data-state={post.state}>
          <Text text={post.text} />
          <span className="message-foot">
            <span className="receipt" data-state={post.state}>
              <Icon name={hasFailed ? 'alert' : 'clock'} />
              <span>{hasFailed ? 'Not sent' : 'Sending'}</span>
            </span>
          </span>
        </div>
        {hasFailed && <Refused post={post} />}
      </div>
    </article>
  );
}

function Refused({ post }: { readonly post: PendingPost }) {
  const { pending } = useChat();
  const { key, place } = useSurroundings().conversation;
  return (
    <div className="refused" role="alert">
      <span>{post.error}</span>
      <Button look="quiet" onClick={() => pending.retry({ key, target: targetOf(place) }, post)}>
        Try again
      </Button>
      <Button look="quiet" onClick={() => pending.discard(key, post)}>
        Discard
      </Button>
    </div>
  );
}
