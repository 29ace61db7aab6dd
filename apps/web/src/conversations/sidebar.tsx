import { lazy, Suspense, useState } from 'react';
import { Button, IconButton } from '../design/button.js';
import { Spinner } from '../design/spinner.js';
import { useChat, useInbox } from '../parley.js';
import { Avatar } from '../people/avatar.js';
import { ConversationRow } from './conversation-row.js';

const AccountDialog = lazy(() => import('../account/account-dialog.js'));
const NewDialog = lazy(() => import('../people/new-dialog.js'));

/** Who is signed in, and the conversations. */
export function Sidebar() {
  const [open, setOpen] = useState<'account' | 'new'>();
  const [filter, setFilter] = useState('');
  const close = () => setOpen(undefined);
  return (
    <nav className="sidebar" aria-label="Conversations">
      <SidebarHead open={setOpen} />
      <input
        className="input filter"
        type="search"
        placeholder="Filter conversations"
        aria-label="Filter conversations"
        value={filter}
        onChange={({ target }) => setFilter(target.value)}
      />
      <ConversationRows filter={filter} begin={() => setOpen('new')} />
      <Suspense>
        {open === 'account' && <AccountDialog close={close} />}
        {open === 'new' && <NewDialog close={close} />}
      </Suspense>
    </nav>
  );
}

function SidebarHead({ open }: { readonly open: (what: 'account' | 'new') => void }) {
  const { me } = useChat();
  return (
    <header className="sidebar-head">
      <button type="button" className="me" onClick={() => open('account')}>
        <Avatar id={me.UUID} name={me.Username} size="sm" />
        <span className="heard-only">Account of </span>
        <span className="clipped">{me.Username}</span>
      </button>
      <IconButton icon="plus" label="New conversation" onClick={() => open('new')} />
    </header>
  );
}

function ConversationRows({ filter, begin }: { readonly filter: string; readonly begin: () => void }) {
  const { inbox } = useChat();
  const { status, all } = useInbox();
  if (status === 'loading' && all.size < 2)
    return (
      <div className="centred">
        <Spinner label="Loading conversations" />
      </div>
    );
  const wanted = filter.trim().toLocaleLowerCase();
  const shown = [...all.values()].filter(({ title }) => title.toLocaleLowerCase().includes(wanted));
  return (
    <div className="rows">
      {status === 'failed' && (
        <div className="blank">
          <p>The conversations could not be loaded.</p>
          <Button onClick={() => void inbox.load()}>Try again</Button>
        </div>
      )}
      <ul className="plain-list">
        {shown.map((conversation) => (
          <ConversationRow key={conversation.key} conversation={conversation} />
        ))}
      </ul>
      <NoRows isFiltered={wanted !== ''} count={shown.length} begin={begin} />
    </div>
  );
}

interface NoRowsProps {
  readonly isFiltered: boolean;
  readonly count: number;
  readonly begin: () => void;
}

/** What stands below a list that is as good as empty. */
function NoRows({ isFiltered, count, begin }: NoRowsProps) {
  if (isFiltered ? count > 0 : count > 1) return null;
  return (
    <div className="blank">
      <p>{isFiltered ? 'No conversation has that name.' : 'Write to somebody, or join a group.'}</p>
      <Button onClick={begin}>New conversation</Button>
    </div>
  );
}
