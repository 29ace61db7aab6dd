import { type ReactNode, useState } from 'react';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { useChat, useStore } from '../parley.js';
import { useAccount } from './account-context.js';
import { DeleteAccount } from './delete-account.js';
import { canNotify, mayNotify } from './notifier.js';
import { PasswordForm } from './password-form.js';
import { THEMES } from './preferences.js';
import { SessionList } from './session-list.js';

type Part = 'password' | 'sessions' | 'deletion';

/** What concerns the user alone: how the page looks, sessions, the password, and the end of the account. */
export default function AccountDialog({ close }: { readonly close: () => void }) {
  const chat = useChat();
  const account = useAccount();
  const [part, setPart] = useState<Part>();
  const toggle = (which: Part) => setPart(part === which ? undefined : which);
  return (
    <Dialog title={chat.me.Username} close={close}>
      <Theme />
      <Notifications />
      <Section title="Sessions" isOpen={part === 'sessions'} toggle={() => toggle('sessions')}>
        <SessionList />
      </Section>
      <Section title="Change password" isOpen={part === 'password'} toggle={() => toggle('password')}>
        <PasswordForm />
      </Section>
      <Section title="Delete account" isOpen={part === 'deletion'} toggle={() => toggle('deletion')}>
        <DeleteAccount />
      </Section>
      <div className="dialog-actions">
        <Button onClick={() => void account.signOut(chat)}>Sign out</Button>
      </div>
    </Dialog>
  );
}

interface SectionProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly toggle: () => void;
  readonly children: ReactNode;
}

function Section({ title, isOpen, toggle, children }: SectionProps) {
  return (
    <section className="section">
      <h3>
        <button type="button" className="section-head" aria-expanded={isOpen} onClick={toggle}>
          {title}
        </button>
      </h3>
      {isOpen && <div className="section-body">{children}</div>}
    </section>
  );
}

const THEME_NAMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const;

function Theme() {
  const { preferences } = useChat();
  const { theme } = useStore(preferences.chosen);
  return (
    <fieldset className="choices">
      <legend>Appearance</legend>
      {THEMES.map((each) => (
        <label key={each} className="choice">
          <input
            type="radio"
            name="theme"
            checked={theme === each}
            onChange={() => preferences.choose({ theme: each })}
          />
          <span>{THEME_NAMES[each]}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Notifications() {
  const { preferences, notices } = useChat();
  const { notifies } = useStore(preferences.chosen);
  if (!canNotify()) return null;
  const toggle = async (isWanted: boolean) => {
    const isAllowed = !isWanted || (await mayNotify());
    if (!isAllowed) notices.tell('This browser does not allow notifications of this page.', 'failed');
    preferences.choose({ notifies: isWanted && isAllowed });
  };
  return (
    <label className="check">
      <input type="checkbox" checked={notifies} onChange={({ target }) => void toggle(target.checked)} />
      <span>Notify me of private messages and mentions while I am elsewhere</span>
    </label>
  );
}
