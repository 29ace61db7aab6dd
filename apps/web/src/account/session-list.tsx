import { Button } from '../design/button.js';
import { FormError } from '../design/field.js';
import { Spinner } from '../design/spinner.js';
import { useAction } from '../design/use-action.js';
import { briefTime } from '../messages/timeline.js';
import { useChat, useLoaded } from '../parley.js';

/** Where the user is signed in, and how to end that. */
export function SessionList() {
  const { client } = useChat();
  const { value, error, reload } = useLoaded('sessions', () => client.sessions());
  const all = useAction(() => client.endSessions('all'));
  if (error) return <FormError error={error.message} />;
  if (value === undefined) return <Spinner label="Loading sessions" />;
  return (
    <>
      <ul className="plain-list">
        {value.sessions.map((session) => (
          <SessionRow key={session.sessionUUID} {...session} ended={reload} />
        ))}
      </ul>
      <FormError error={all.error} />
      <Button look="danger" isBusy={all.isBusy} onClick={() => void all.run()}>
        Sign out everywhere
      </Button>
    </>
  );
}

interface SessionProps {
  readonly sessionUUID: string;
  readonly current: boolean;
  readonly usedAt: string;
  readonly ended: () => void;
}

function SessionRow({ sessionUUID, current, usedAt, ended }: SessionProps) {
  const { client } = useChat();
  const end = useAction(async () => {
    await client.endSessions([sessionUUID]);
    ended();
  });
  return (
    <li className="line">
      <span>
        {current ? 'This session' : 'Another session'}
        <span className="hint"> · last used {briefTime(usedAt)}</span>
      </span>
      {!current && (
        <Button
          look="quiet"
          isBusy={end.isBusy}
          onClick={() => void end.run()}
          aria-label={`End the session last used ${briefTime(usedAt)}`}
        >
          End
        </Button>
      )}
    </li>
  );
}
