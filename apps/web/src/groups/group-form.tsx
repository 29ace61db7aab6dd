import type { ChannelInfo } from '@parley/protocol';
import { LIMITS } from '@parley/protocol/constants';
import { type FormEvent, useState } from 'react';
import { Button } from '../design/button.js';
import { Field, FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import { useChat } from '../parley.js';

/** Renames a group, or says what it is about. */
export function GroupForm({ group }: { readonly group: ChannelInfo }) {
  const { client } = useChat();
  const [isOpen, setOpen] = useState(false);
  const action = useAction(async (name: string, topic: string) => {
    await client.channels.set(group.channelUUID, { name, topic });
    setOpen(false);
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    void action.run(String(fields.get('name')), String(fields.get('topic')));
  };
  if (!isOpen) return <Button onClick={() => setOpen(true)}>Change name and topic</Button>;
  return (
    <form className="stack" onSubmit={submit} aria-label="Name and topic">
      <Field
        label="Name"
        name="name"
        defaultValue={group.name}
        maxLength={LIMITS.groupNameCharacters}
        required
        autoComplete="off"
      />
      <Field
        label="Topic"
        name="topic"
        defaultValue={group.topic}
        maxLength={LIMITS.topicCharacters}
        autoComplete="off"
      />
      <FormError error={action.error} />
      <Button look="main" type="submit" isBusy={action.isBusy}>
        Save
      </Button>
    </form>
  );
}
