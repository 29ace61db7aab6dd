import type { User } from '@parley/protocol';
import { LIMITS } from '@parley/protocol/constants';
import { type FormEvent, useState } from 'react';
import { show } from '../conversations/route.js';
import { Button } from '../design/button.js';
import { Field, FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import { useChat } from '../parley.js';
import { PeopleSearch } from '../people/people-search.js';

/** Makes a group and invites people to it. */
export function CreateGroup({ close }: { readonly close: () => void }) {
  const { client, conversations, notices, me } = useChat();
  const [invited, setInvited] = useState<readonly User[]>([]);
  const action = useAction(async (name: string, topic: string, isPrivate: boolean) => {
    const group = await client.channels.create({ name, topic, private: isPrivate });
    const { channelUUID } = group;
    await conversations.join(channelUUID);
    show({ kind: 'group', channelUUID });
    close();
    // The group is there: what goes wrong from here on is told in passing.
    if (invited.length > 0)
      await client.channels
        .invite(
          channelUUID,
          invited.map(({ UUID }) => UUID),
        )
        .catch(notices.fail);
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    void action.run(
      String(fields.get('name')),
      String(fields.get('topic')),
      fields.get('access') === 'private',
    );
  };
  return (
    <form className="stack" onSubmit={submit} aria-label="New group">
      <Field label="Name" name="name" maxLength={LIMITS.groupNameCharacters} required autoComplete="off" />
      <Field label="Topic" name="topic" maxLength={LIMITS.topicCharacters} autoComplete="off" />
      <Access />
      <Invited people={invited} change={setInvited} me={me.UUID} />
      <FormError error={action.error} />
      <Button look="main" type="submit" isBusy={action.isBusy}>
        Create group
      </Button>
    </form>
  );
}

function Access() {
  return (
    <fieldset className="choices">
      <legend>Who can join</legend>
      <label className="choice">
        <input type="radio" name="access" value="private" defaultChecked />
        <span>Invited people</span>
      </label>
      <label className="choice">
        <input type="radio" name="access" value="public" />
        <span>Everyone</span>
      </label>
    </fieldset>
  );
}

interface InvitedProps {
  readonly people: readonly User[];
  readonly change: (people: readonly User[]) => void;
  readonly me: string;
}

function Invited({ people, change, me }: InvitedProps) {
  const without = new Set([me, ...people.map(({ UUID }) => UUID)]);
  const add = (user: User) => change([...people, user]);
  return (
    <>
      <ul className="chips plain-list" aria-label="Invited">
        {people.map((user) => (
          <li key={user.UUID}>
            <button
              type="button"
              className="chip"
              onClick={() => change(people.filter((each) => each !== user))}
              aria-label={`Do not invite ${user.Username}`}
            >
              {user.Username} ×
            </button>
          </li>
        ))}
      </ul>
      <PeopleSearch
        label="Invite people"
        without={without}
        choice={(user) => (
          <Button
            onClick={() => add(user)}
            disabled={people.length >= LIMITS.invitesAtOnce}
            aria-label={`Invite ${user.Username}`}
          >
            Invite
          </Button>
        )}
      />
    </>
  );
}
