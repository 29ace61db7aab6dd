import { type FormEvent, useState } from 'react';
import { Button } from '../design/button.js';
import { Field, FormError } from '../design/field.js';
import { useAction } from '../design/use-action.js';
import { AccountPanel } from './account-panel.js';
import type { FoundUser, OperatorApi } from './operator-api.js';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Finds a user by the beginning of the name, or by UUID. */
export function People({ api }: { readonly api: OperatorApi }) {
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly FoundUser[]>();
  const [chosen, choose] = useState<string>();
  const finding = useAction(async () => {
    const asked = text.trim();
    if (UUID.test(asked)) return choose(asked.toLowerCase());
    choose(undefined);
    setFound(await api.find(asked));
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void finding.run();
  };
  return (
    <section className="panel" aria-labelledby="people">
      <h2 id="people">Users</h2>
      <form className="row-form" onSubmit={submit}>
        <Field
          label="Name or UUID"
          type="search"
          required
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <Button type="submit" isBusy={finding.isBusy}>
          Find
        </Button>
      </form>
      <FormError error={finding.error} />
      <ul className="plain-list" aria-label="Users who were found">
        {found?.map(({ UUID: userUUID, Username }) => (
          <li className="line" key={userUUID}>
            <span className="line-text clipped">{Username}</span>
            <Button aria-label={`Show ${Username}`} onClick={() => choose(userUUID)}>
              Show
            </Button>
          </li>
        ))}
      </ul>
      <p className="hint" role="status">
        {found?.length === 0 && 'Nobody is called so.'}
      </p>
      {chosen && <AccountPanel key={chosen} api={api} userUUID={chosen} />}
    </section>
  );
}
