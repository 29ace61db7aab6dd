import type { ChannelInfo, ChannelMember } from '@parley/protocol';
import { may } from '@parley/protocol/constants';
import { useEffect, useState } from 'react';
import { Button } from '../design/button.js';
import { FormError } from '../design/field.js';
import { Menu } from '../design/menu.js';
import { Spinner } from '../design/spinner.js';
import { useChat, useLoaded } from '../parley.js';
import { Avatar } from '../people/avatar.js';
import { PeopleSearch } from '../people/people-search.js';
import { memberEntries } from './member-entries.js';

const PAGE = 100;

/** Who is in a group, and what the user may do about each. It is read again whenever the group changes. */
export function MemberList({ group }: { readonly group: ChannelInfo }) {
  const [isInviting, setInviting] = useState(false);
  const { members, total, error, more } = useMembers(group);
  const canInvite = may(group.role, 'invite', { isArchived: group.archived });
  if (error) return <FormError error={error} />;
  if (members === undefined) return <Spinner label="Loading members" />;
  return (
    <section className="section" aria-label="Members">
      <div className="line">
        <h3>{total === 1 ? '1 member' : `${total} members`}</h3>
        {canInvite && (
          <Button onClick={() => setInviting(!isInviting)}>{isInviting ? 'Done' : 'Invite'}</Button>
        )}
      </div>
      {isInviting && <Inviting group={group} members={members} />}
      <ul className="plain-list">
        {members.map((member) => (
          <MemberLine key={member.UUID} group={group} member={member} />
        ))}
      </ul>
      {more && <Button onClick={more}>Show more</Button>}
    </section>
  );
}

interface Members {
  readonly members: readonly ChannelMember[] | undefined;
  readonly total: number;
  readonly error: string | undefined;
  readonly more: (() => void) | undefined;
}

function useMembers({ channelUUID }: ChannelInfo): Members {
  const { client } = useChat();
  const [count, setCount] = useState(PAGE);
  const load = async () => {
    const members: ChannelMember[] = [];
    let page = await client.channels.members(channelUUID, { limit: PAGE });
    members.push(...page.members);
    while (page.cursor && members.length < count) {
      page = await client.channels.members(channelUUID, { limit: PAGE, cursor: page.cursor });
      members.push(...page.members);
    }
    return { members, total: page.total, hasMore: page.cursor !== undefined };
  };
  const { value, error, reload } = useLoaded(`${channelUUID} ${count}`, load);
  useEffect(
    () => client.on('group', ({ news }) => JSON.stringify(news).includes(channelUUID) && reload()),
    [client, channelUUID, reload],
  );
  const more = value?.hasMore ? () => setCount(count + PAGE) : undefined;
  return { members: value?.members, total: value?.total ?? 0, error: error?.message, more };
}

function MemberLine({ group, member }: { readonly group: ChannelInfo; readonly member: ChannelMember }) {
  const { client, me, notices } = useChat();
  const { UUID, Username, role, mutedUntil } = member;
  const entries = memberEntries(group, member, me.UUID).map(({ act, ...entry }) => ({
    ...entry,
    act: () => void act(client).catch(notices.fail),
  }));
  return (
    <li className="line">
      <Avatar id={UUID} name={Username} person={UUID} size="sm" />
      <span className="line-text">
        <span className="clipped">{UUID === me.UUID ? `${Username} (you)` : Username}</span>
        <span className="hint">
          {role}
          {mutedUntil && ' · muted'}
        </span>
      </span>
      <Menu label={`What to do with ${Username}`} entries={entries} />
    </li>
  );
}

interface InvitingProps {
  readonly group: ChannelInfo;
  readonly members: readonly ChannelMember[];
}

function Inviting({ group, members }: InvitingProps) {
  const { client, notices } = useChat();
  const invite = (userUUID: string) =>
    client.channels.invite(group.channelUUID, userUUID).catch(notices.fail);
  return (
    <PeopleSearch
      label="Invite people"
      without={new Set(members.map(({ UUID }) => UUID))}
      choice={({ UUID, Username }) => (
        <Button onClick={() => void invite(UUID)} aria-label={`Invite ${Username}`}>
          Invite
        </Button>
      )}
    />
  );
}
