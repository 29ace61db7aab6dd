import type { ShownMessage } from '@parley/react';
import { Button } from '../design/button.js';
import { Icon } from '../design/icon.js';
import { useSurroundings } from './message-context.js';
import { Text } from './message-row.js';

/** A message on its way, or one that was refused. */
export function PendingRow({ message }: { readonly message: ShownMessage }) {
  const hasFailed = message.state === 'failed';
  return (
    <article
      className="message"
      data-mine="true"
      data-first="true"
      tabIndex={-1}
      aria-label={hasFailed ? 'Not sent' : 'Sending'}
    >
      <div className="message-body">
        <div className="bubble" data-state={message.state}>
          <Text text={message.Message} />
          <span className="message-foot">
            <span className="receipt" data-state={message.state}>
              <Icon name={hasFailed ? 'alert' : 'clock'} />
              <span>{hasFailed ? 'Not sent' : 'Sending'}</span>
            </span>
          </span>
        </div>
        {hasFailed && <Refused message={message} />}
      </div>
    </article>
  );
}

function Refused({ message: { key, error } }: { readonly message: ShownMessage }) {
  const { retry, discard } = useSurroundings();
  return (
    <div className="refused" role="alert">
      <span>{error?.message}</span>
      <Button look="quiet" onClick={() => retry(key)}>
        Try again
      </Button>
      <Button look="quiet" onClick={() => discard(key)}>
        Discard
      </Button>
    </div>
  );
}
