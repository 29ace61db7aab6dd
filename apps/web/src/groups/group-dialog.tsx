import type { ChannelInfo } from '@parley/protocol';
import { may } from '@parley/protocol/constants';
import { useState } from 'react';
import type { Conversation } from '../conversations/conversation.js';
import { showList } from '../conversations/route.js';
import { Button } from '../design/button.js';
import ConfirmDialog from '../design/confirm-dialog.js';
import { Dialog } from '../design/dialog.js';
import { useChat } from '../parley.js';
import { AuditList } from './audit-list.js';
import { GroupForm } from './group-form.js';
import { MemberList } from './member-list.js';

interface GroupProps {
  readonly conversation: Conversation;
  readonly close: () => void;
}

/** A group: what it is about, who is in it, and what the user may change. */
export default function GroupDialog({ conversation: { group }, close }: GroupProps) {
  if (group === undefined) return null;
  return (
    <Dialog title={group.name} close={close}>
      {group.topic && <p className="group-topic">{group.topic}</p>}
      <p className="hint">
        {group.private ? 'Private group' : 'Public group'}
        {group.archived && ' · archived'} · you are {ROLE_NAMES[group.role]}
      </p>
      {may(group.role, 'set', { isArchived: group.archived }) && (
        <GroupForm group={group} key={`${group.name} ${group.topic}`} />
      )}
      <MemberList group={group} />
      {may(group.role, 'audit') && <Audit group={group} />}
      <Ends group={group} close={close} />
    </Dialog>
  );
}

const ROLE_NAMES = {
  owner: 'the owner',
  moderator: 'a moderator',
  member: 'a member',
  outsider: 'no member',
  banned: 'banned',
} as const;

function Audit({ group }: { readonly group: ChannelInfo }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <section className="section">
      <h3>
        <button
          type="button"
          className="section-head"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          History of changes
        </button>
      </h3>
      {isOpen && <AuditList group={group} />}
    </section>
  );
}

function Ends({ group, close }: { readonly group: ChannelInfo; readonly close: () => void }) {
  const { client, notices } = useChat();
  const [isLeaving, setLeaving] = useState(false);
  const { channelUUID, archived } = group;
  const leave = async () => {
    await client.channels.quit(channelUUID);
    showList();
    close();
  };
  return (
    <div className="dialog-actions">
      {may(group.role, 'archive') && (
        <Button
          onClick={() => void client.channels.set(channelUUID, { archived: !archived }).catch(notices.fail)}
        >
          {archived ? 'Bring back' : 'Archive'}
        </Button>
      )}
      <Button look="danger" onClick={() => setLeaving(true)}>
        Leave group
      </Button>
      {isLeaving && (
        <ConfirmDialog
          title={`Leave ${group.name}?`}
          text={
            group.private
              ? 'You can come back only if somebody invites you.'
              : 'You can join again at any time.'
          }
          action="Leave"
          act={leave}
          close={() => setLeaving(false)}
        />
      )}
    </div>
  );
}
