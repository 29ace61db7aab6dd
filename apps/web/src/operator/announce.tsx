import { type FormEvent, useState } from 'react';
import { Button } from '../design/button.js';
import { Field, FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import type { OperatorApi } from './operator-api.js';

/** Tells something to everybody who is signed in. */
export function Announce({ api }: { readonly api: OperatorApi }) {
  const [text, setText] = useState('');
  const [sent, setSent] = useState('');
  const sending = useAction(async () => {
    await api.announce(text);
    setSent(text);
    setText('');
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void sending.run();
  };
  return (
    <section className="panel" aria-labelledby="announce">
      <h2 id="announce">Announce</h2>
      <form className="row-form" onSubmit={submit}>
        <Field
          label="Text for everybody who is signed in"
          required
          maxLength={1000}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <Button type="submit" isBusy={sending.isBusy}>
          Announce
        </Button>
      </form>
      <FormError error={sending.error} />
      <p className="hint" role="status">
        {sent && `Announced: ${sent}`}
      </p>
    </section>
  );
}
