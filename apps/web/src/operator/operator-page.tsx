import { useMemo, useState } from 'react';
import { Button } from '../design/button.js';
import { Announce } from './announce.js';
import { KeyForm } from './key-form.js';
import { OperatorApi } from './operator-api.js';
import { Overview } from './overview.js';
import { People } from './people.js';
import { usePoll } from './use-poll.js';
import { Webhooks } from './webhooks.js';

const STORED = 'parley-operator-key';
const STATUS_MS = 5_000;

/** The operator's page. The key is kept until the tab is closed, and nowhere else. */
export function OperatorPage({ storage }: { readonly storage: Storage }) {
  const [key, setKey] = useState(() => storage.getItem(STORED) ?? undefined);
  const enter = (given: string) => {
    storage.setItem(STORED, given);
    setKey(given);
  };
  const leave = () => {
    storage.removeItem(STORED);
    setKey(undefined);
  };
  return key === undefined ? <KeyForm enter={enter} /> : <Board key={key} apiKey={key} leave={leave} />;
}

function Board({ apiKey, leave }: { readonly apiKey: string; readonly leave: () => void }) {
  const api = useMemo(() => new OperatorApi(apiKey), [apiKey]);
  const status = usePoll(() => api.status(), STATUS_MS);
  return (
    <main className="operator">
      <header className="operator-head">
        <h1>Parley: operators</h1>
        <Button onClick={leave}>Forget the key</Button>
      </header>
      <Overview status={status} />
      <Webhooks api={api} />
      <People api={api} />
      <Announce api={api} />
    </main>
  );
}
