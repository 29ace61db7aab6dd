import { useState } from 'react';
import { Button } from '../design/button.js';
import ConfirmDialog from '../design/confirm-dialog.js';
import { FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import type { OperatorApi, Session } from './operator-api.js';
import { usePoll } from './use-poll.js';

interface Props {
  readonly api: OperatorApi;
  readonly userUUID: string;
}

/** Reading an account is noted in the audit: it is read again when something has changed, and seldom else. */
const ACCOUNT_MS = 60_000;

/** An account: whether it is barred, and its sessions. */
export function AccountPanel({ api, userUUID }: Props) {
  const account = usePoll(() => api.account(userUUID), ACCOUNT_MS);
  const sessions = usePoll(() => api.sessions(userUUID), ACCOUNT_MS);
  const [asks, setAsks] = useState(false);
  const changed = () => {
    account.again();
    sessions.again();
  };
  const doing = useAction(async (act: () => Promise<unknown>) => {
    await act();
    changed();
  });
  const { value } = account;
  return (
    <section className="stack" aria-labelledby="account">
      <h3 id="account">{value ? value.username : 'Account'}</h3>
      <p className="hint">
        {userUUID}
        {value?.banned && `, banned since ${new Date(value.banned).toLocaleString()}`}
        {value?.disabled && ', disabled'}
      </p>
      <FormError error={account.error ?? sessions.error ?? doing.error} />
      {value && (
        <div className="choices">
          {value.banned ? (
            <Button isBusy={doing.isBusy} onClick={() => void doing.run(() => api.unban(userUUID))}>
              Lift the ban
            </Button>
          ) : (
            <Button look="danger" onClick={() => setAsks(true)}>
              Ban
            </Button>
          )}
          <Button isBusy={doing.isBusy} onClick={() => void doing.run(() => api.endSessions(userUUID))}>
            End all sessions
          </Button>
        </div>
      )}
      <SessionList
        sessions={sessions.value}
        end={(sessionUUID) => void doing.run(() => api.endSession(userUUID, sessionUUID))}
      />
      {asks && (
        <BanDialog
          name={value?.username ?? ''}
          ban={() => api.ban(userUUID).then(changed)}
          close={() => setAsks(false)}
        />
      )}
    </section>
  );
}

interface BanProps {
  readonly name: string;
  readonly ban: () => Promise<void>;
  readonly close: () => void;
}

const BanDialog = ({ name, ban, close }: BanProps) => (
  <ConfirmDialog
    title={`Ban ${name}?`}
    text="All sessions end, and nobody can sign in to the account until the ban is lifted."
    action="Ban"
    act={ban}
    close={close}
  />
);

interface ListProps {
  readonly sessions: readonly Session[] | undefined;
  readonly end: (sessionUUID: string) => void;
}

function SessionList({ sessions, end }: ListProps) {
  if (sessions?.length === 0) return <p className="hint">No session is open.</p>;
  return (
    <ul className="plain-list" aria-label="Sessions">
      {sessions?.map(({ sessionUUID, usedAt }) => (
        <li className="line" key={sessionUUID}>
          <span className="line-text">Last used {new Date(usedAt).toLocaleString()}</span>
          <Button
            aria-label={`End the session last used ${new Date(usedAt).toLocaleString()}`}
            onClick={() => end(sessionUUID)}
          >
            End
          </Button>
        </li>
      ))}
    </ul>
  );
}
