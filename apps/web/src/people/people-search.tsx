import type { User } from '@parley/protocol';
import { type MouseEvent, type ReactNode, useDeferredValue, useRef, useState } from 'react';
import { FormError } from '../design/field.js';
import { useChat, useLoaded, useStore } from '../parley.js';
import { Avatar, Presence } from './avatar.js';

/** How many people one beginning of a name finds. */
const MOST_FOUND = 20;

interface SearchProps {
  readonly label: string;
  /** Who is not offered. */
  readonly without?: ReadonlySet<string>;
  /** What stands at the end of a person's line. */
  readonly choice: (user: User) => ReactNode;
}

/** People by the beginning of their names; the user's contacts as long as nothing is written. */
export function PeopleSearch({ label, without, choice }: SearchProps) {
  const [text, setText] = useState('');
  const { api, people, contacts } = useChat();
  const book = useStore(contacts.book);
  const prefix = useDeferredValue(text.trim());
  const { value, error } = useLoaded(prefix, async () => {
    if (prefix === '') return [];
    const users = await api.search(prefix, MOST_FOUND);
    people.meet(...users);
    return users;
  });
  const found = prefix === '' ? book.contacts : (value ?? []);
  const field = useRef<HTMLInputElement>(null);
  // A person who was chosen may leave the list, and the button as well: a keyboard user goes on with the next name.
  const goOn = ({ detail }: MouseEvent) => detail === 0 && field.current?.focus();
  const shown = found.filter(({ UUID }) => !without?.has(UUID));
  return (
    <div className="stack">
      <input
        className="input"
        ref={field}
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <FormError error={error?.message} />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the buttons have the keys */}
      <ul className="plain-list people-list" onClick={goOn}>
        {shown.map((user) => (
          <PersonLine key={user.UUID} user={user} choice={choice(user)} />
        ))}
      </ul>
      <Nobody prefix={prefix} count={shown.length} />
    </div>
  );
}

export function PersonLine({ user, choice }: { readonly user: User; readonly choice: ReactNode }) {
  return (
    <li className="line">
      <Avatar id={user.UUID} name={user.Username} person={user.UUID} size="sm" />
      <span className="line-text">
        <span className="clipped">{user.Username}</span>
        <Presence userUUID={user.UUID} />
      </span>
      {choice}
    </li>
  );
}

function Nobody({ prefix, count }: { readonly prefix: string; readonly count: number }) {
  return (
    <p className="hint" role="status">
      {count === 0 &&
        (prefix === '' ? 'Write the beginning of a name.' : `Nobody else’s name begins with “${prefix}”.`)}
    </p>
  );
}
