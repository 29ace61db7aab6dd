import type { FormEvent } from 'react';
import { Button } from '../design/button.js';
import { Field, FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import { useChat } from '../parley.js';

export function PasswordForm() {
  const { client, notices } = useChat();
  const action = useAction((old: string, next: string) => client.changePassword(old, next));
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    const isDone = await action.run(String(fields.get('old')), String(fields.get('new')));
    if (!isDone) return;
    form.reset();
    notices.tell('The password is changed. Your other sessions have ended.');
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)} aria-label="Change password">
      <Field label="Current password" name="old" type="password" autoComplete="current-password" required />
      <Field
        label="New password"
        name="new"
        type="password"
        autoComplete="new-password"
        required
        hint="Your other sessions end with the change."
      />
      <FormError error={action.error} />
      <Button look="main" type="submit" isBusy={action.isBusy}>
        Change password
      </Button>
    </form>
  );
}
