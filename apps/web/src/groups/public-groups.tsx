import type { ChannelInfo } from '@parley/protocol';
import { useState } from 'react';
import { show } from '../conversations/route.js';
import { Button } from '../design/button.js';
import { FormError } from '../design/field.js';
import { Spinner } from '../design/spinner.js';
import { useAction } from '../design/use-action.js';
import { useChat, useLoaded } from '../parley.js';
import { Avatar } from '../people/avatar.js';

/** How many are read at most: who has more than that gives their groups telling names. */
const MOST = 500;

/** The groups that anyone may join. */
export function PublicGroups({ close }: { readonly close: () => void }) {
  const [text, setText] = useState('');
  const { value, error } = useLoaded('public', usePublicGroups());
  if (error) return <FormError error={error.message} />;
  if (value === undefined) return <Spinner label="Loading groups" />;
  const wanted = text.trim().toLocaleLowerCase();
  const shown = value.filter(({ name, topic }) => `${name} ${topic}`.toLocaleLowerCase().includes(wanted));
  return (
    <div className="stack">
      <input
        className="input"
        type="search"
        aria-label="Find groups"
        placeholder="Find groups"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <ul className="plain-list people-list">
        {shown.map((group) => (
          <GroupLine key={group.channelUUID} group={group} close={close} />
        ))}
      </ul>
      <p className="hint" role="status">
        {shown.length === 0 &&
          (wanted === ''
            ? 'There are no public groups yet.'
            : 'No public group has that in its name or topic.')}
      </p>
    </div>
  );
}

function usePublicGroups(): () => Promise<readonly ChannelInfo[]> {
  const { client } = useChat();
  return async () => {
    const groups: ChannelInfo[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.channels.list('public', { limit: 100, ...(cursor && { cursor }) });
      groups.push(...page.channels);
      cursor = page.cursor;
    } while (cursor !== undefined && groups.length < MOST);
    return groups;
  };
}

function GroupLine({ group, close }: { readonly group: ChannelInfo; readonly close: () => void }) {
  const { conversations } = useChat();
  const isMember = group.role !== 'outsider' && group.role !== 'banned';
  const enter = useAction(async () => {
    if (!isMember) await conversations.join(group.channelUUID);
    show({ kind: 'group', channelUUID: group.channelUUID });
    close();
  });
  return (
    <li className="line">
      <Avatar id={`/group/${group.channelUUID}`} name={group.name} shape="group" size="sm" />
      <span className="line-text">
        <span className="clipped">{group.name}</span>
        <span className="hint clipped">
          {group.topic || (group.members === 1 ? '1 member' : `${group.members} members`)}
        </span>
        {enter.error && <span className="form-error">{enter.error}</span>}
      </span>
      {group.role !== 'banned' && (
        <Button
          isBusy={enter.isBusy}
          onClick={() => void enter.run()}
          aria-label={`${isMember ? 'Open' : 'Join'} ${group.name}`}
        >
          {isMember ? 'Open' : 'Join'}
        </Button>
      )}
    </li>
  );
}
