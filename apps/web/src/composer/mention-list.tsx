import { Avatar } from '../people/avatar.js';
import type { Mentions } from './use-mentions.js';

/** The names that are offered. The focus stays in the field. */
export function MentionList({ mentions: { offer, listId, choose } }: { readonly mentions: Mentions }) {
  return (
    <div
      className="mention-list"
      role="listbox"
      id={listId}
      aria-label="People to name"
      hidden={offer === undefined}
      tabIndex={-1}
    >
      {offer?.people.map((user, n) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
        <div
          key={user.UUID}
          id={`${listId}-${n}`}
          role="option"
          aria-selected={n === offer.chosen}
          className="mention-option"
          tabIndex={-1}
          // The field would lose the focus, and close the list before the click.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => choose(user)}
        >
          <Avatar id={user.UUID} name={user.Username} size="sm" />
          <span className="clipped">{user.Username}</span>
        </div>
      ))}
    </div>
  );
}
