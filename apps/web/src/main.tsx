import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Account } from './account/account.js';
import { Preferences } from './account/preferences.js';
import { App } from './app.js';
import { browserStorage } from './storage.js';

const storage = browserStorage();
const preferences = new Preferences(storage);
preferences.applyTo(document.documentElement);
const account = new Account(storage, preferences);

/** An identity provider may send its user here with `#token=…`. A fragment reaches no server, and leaves the address at once. */
function begin(): Promise<void> {
  const [, token] = /^#token=(.+)$/.exec(location.hash) ?? [];
  if (token === undefined) return account.resume();
  history.replaceState(null, '', location.pathname + location.search);
  return account.signInByToken(decodeURIComponent(token)).catch((error: Error) => {
    account.state.set({ kind: 'out', notice: error.message });
  });
}

void begin();
createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <App account={account} />
  </StrictMode>,
);
