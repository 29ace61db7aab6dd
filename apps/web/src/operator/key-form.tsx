import { type FormEvent, useState } from 'react';
import { Button } from '../design/button.js';
import { Field, FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import { OperatorApi, OperatorError } from './operator-api.js';

/** Asks for a key, and looks whether it opens anything. */
export function KeyForm({ enter }: { readonly enter: (key: string) => void }) {
  const [key, setKey] = useState('');
  const trying = useAction(async () => {
    await new OperatorApi(key.trim()).status().catch((error: OperatorError) => {
      // A valid key without the scope for figures may have others.
      if (error.name !== 'FORBIDDEN') throw error;
    });
    enter(key.trim());
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void trying.run();
  };
  return (
    <main>
      <form className="operator-key" onSubmit={submit}>
        <h1>Parley: operators</h1>
        <Field
          label="Key"
          hint="A key of an operator, pk_… It is kept until this tab is closed."
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          value={key}
          onChange={({ target }) => setKey(target.value)}
        />
        <FormError error={trying.error} />
        <Button look="main" type="submit" isBusy={trying.isBusy}>
          Open
        </Button>
      </form>
    </main>
  );
}
