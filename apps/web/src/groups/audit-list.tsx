import type { AuditEntry, ChannelInfo } from '@parley/protocol';
import { usePerson } from '@parley/react';
import { Button } from '../design/button.js';
import { FormError } from '../design/field.js';
import { Spinner } from '../design/spinner.js';
import { briefTime } from '../messages/timeline.js';
import { useChat, useLoaded } from '../parley.js';

/** Who changed what in a group, the newest first. */
export function AuditList({ group: { channelUUID } }: { readonly group: ChannelInfo }) {
  const { client, people } = useChat();
  const { value, error, reload } = useLoaded(channelUUID, async () => {
    const { entries } = await client.channels.audit(channelUUID, { limit: 50 });
    const named = new Set(entries.flatMap(({ by, userUUID }) => [by, ...(userUUID ? [userUUID] : [])]));
    await Promise.all([...named].filter((each) => !people.get(each)).map((each) => people.find(each)));
    return entries;
  });
  if (error) return <FormError error={error.message} />;
  if (value === undefined) return <Spinner label="Loading the history of changes" />;
  return (
    <ul className="plain-list audit">
      {value.map((entry) => (
        <AuditLine
          key={`${entry.at} ${entry.action} ${entry.userUUID ?? entry.UUID ?? ''}`}
          entry={entry}
          channelUUID={channelUUID}
          changed={reload}
        />
      ))}
    </ul>
  );
}

interface LineProps {
  readonly entry: AuditEntry;
  readonly channelUUID: string;
  readonly changed: () => void;
}

function AuditLine({ entry, channelUUID, changed }: LineProps) {
  const { client, notices } = useChat();
  const by = usePerson(entry.by)?.Username ?? 'Somebody';
  const whom = usePerson(entry.userUUID)?.Username ?? 'somebody';
  const unban = () => client.channels.unban(channelUUID, entry.userUUID!).then(changed, notices.fail);
  return (
    <li className="line">
      <span className="line-text">
        <span>
          {by} {deedOf(entry, entry.by === entry.userUUID ? 'themselves' : whom)}
        </span>
        <time className="hint" dateTime={entry.at}>
          {briefTime(entry.at)}
        </time>
      </span>
      {entry.action === 'channelKick' && entry.ban && (
        <Button look="quiet" onClick={() => void unban()} aria-label={`Unban ${whom}`}>
          Unban
        </Button>
      )}
    </li>
  );
}

function deedOf({ action, role, ban, mutedUntil, archived, by, userUUID }: AuditEntry, whom: string): string {
  const isAlone = by === userUUID;
  switch (action) {
    case 'channelCreate':
      return 'made the group';
    case 'channelSet':
      return archived === undefined
        ? 'changed name or topic'
        : archived
          ? 'archived the group'
          : 'brought the group back';
    case 'channelJoin':
      return 'joined';
    case 'channelInvite':
      return isAlone ? 'joined' : `invited ${whom}`;
    case 'channelKick':
      if (isAlone) return 'left';
      return ban ? `banned ${whom}` : `removed ${whom}`;
    case 'channelUnban':
      return `let ${whom} come back`;
    case 'channelMute':
      return mutedUntil ? `muted ${whom}` : `ended the mute of ${whom}`;
    case 'channelRole':
      return `made ${whom} ${role === 'owner' ? 'the owner' : `a ${role}`}`;
    case 'messageEdit':
      return 'edited a message';
    default:
      return 'deleted a message';
  }
}
