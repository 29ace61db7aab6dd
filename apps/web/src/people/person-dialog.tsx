import { usePerson } from '@parley/react';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import { useChat, useStore } from '../parley.js';
import { Avatar, Presence } from './avatar.js';

interface PersonProps {
  readonly userUUID: string;
  readonly close: () => void;
}

/** A person, and what that person is to the user. */
export default function PersonDialog({ userUUID, close }: PersonProps) {
  const { me } = useChat();
  const name = usePerson(userUUID)?.Username ?? 'Unknown';
  return (
    <Dialog title={`About ${name}`} close={close}>
      <div className="person-card">
        <Avatar id={userUUID} name={name} person={userUUID} size="lg" />
        <p className="person-name">{name}</p>
        <Presence userUUID={userUUID} />
      </div>
      {userUUID !== me.UUID && <Relations userUUID={userUUID} />}
    </Dialog>
  );
}

function Relations({ userUUID }: { readonly userUUID: string }) {
  const { contacts } = useChat();
  useStore(contacts.book);
  const [isContact, isBlocked] = [contacts.isContact(userUUID), contacts.isBlocked(userUUID)];
  const action = useAction((what: 'add' | 'remove' | 'block' | 'unblock') => contacts.change(what, userUUID));
  return (
    <>
      <FormError error={action.error} />
      <div className="dialog-actions">
        <Button isBusy={action.isBusy} onClick={() => void action.run(isContact ? 'remove' : 'add')}>
          {isContact ? 'Remove from contacts' : 'Add to contacts'}
        </Button>
        <Button
          look={isBlocked ? 'plain' : 'danger'}
          isBusy={action.isBusy}
          onClick={() => void action.run(isBlocked ? 'unblock' : 'block')}
        >
          {isBlocked ? 'Unblock' : 'Block'}
        </Button>
      </div>
      <p className="hint">
        While one of you blocks the other, neither can write here. Groups are not concerned.
      </p>
    </>
  );
}
