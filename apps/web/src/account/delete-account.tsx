import type { FormEvent } from 'react';
import { Button } from '../design/button.js';
import { Field, FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import { useChat } from '../parley.js';
import { useAccount } from './account-context.js';

export function DeleteAccount() {
  const chat = useChat();
  const account = useAccount();
  const action = useAction((password: string) => account.delete(chat, password));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void action.run(String(new FormData(event.currentTarget).get('password')));
  };
  return (
    <form className="stack" onSubmit={submit} aria-label="Delete account">
      <p>
        Your account ends for good. What you have written stays where it is, and nobody can take your name.
      </p>
      <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      <FormError error={action.error} />
      <Button look="danger" type="submit" isBusy={action.isBusy}>
        Delete my account
      </Button>
    </form>
  );
}
