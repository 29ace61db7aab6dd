import { useTyping } from '@parley/react';
import { lazy, type Ref, Suspense, useState } from 'react';
import { IconButton } from '../design/button.js';
import { useInbox } from '../parley.js';
import { Presence } from '../people/avatar.js';
import { writingLine } from '../people/writing-line.js';
import type { Conversation } from './conversation.js';
import { ConversationAvatar } from './conversation-row.js';
import { targetOf } from './place.js';
import { showList } from './route.js';

const GroupDialog = lazy(() => import('../groups/group-dialog.js'));
const PersonDialog = lazy(() => import('../people/person-dialog.js'));

interface HeadProps {
  readonly conversation: Conversation;
  readonly ref: Ref<HTMLHeadingElement>;
}

export function ConversationHead({ conversation, ref }: HeadProps) {
  const [isOpen, setOpen] = useState(false);
  const { place, title } = conversation;
  return (
    <header className="pane-head">
      <BackButton />
      <ConversationAvatar conversation={conversation} />
      <div className="pane-title">
        <h2 className="clipped" tabIndex={-1} ref={ref}>
          {title}
        </h2>
        <p className="clipped">
          <Subtitle conversation={conversation} />
        </p>
      </div>
      {place.kind !== 'general' && (
        <IconButton
          icon="more"
          label={place.kind === 'group' ? 'About this group' : `About ${title}`}
          onClick={() => setOpen(true)}
        />
      )}
      <Suspense>
        {isOpen && place.kind === 'group' && (
          <GroupDialog conversation={conversation} close={() => setOpen(false)} />
        )}
        {isOpen && place.kind === 'private' && (
          <PersonDialog userUUID={place.partner} close={() => setOpen(false)} />
        )}
      </Suspense>
    </header>
  );
}

/** Only a narrow screen shows it. It says how much is new elsewhere. */
function BackButton() {
  const { all } = useInbox();
  const others = [...all.values()].filter(({ unread }) => unread > 0).length;
  return (
    <span className="back">
      <IconButton
        icon="back"
        label={others > 0 ? `Back to the list, ${others} unread` : 'Back to the list'}
        onClick={showList}
      />
      {others > 0 && <span className="back-count">{others}</span>}
    </span>
  );
}

function Subtitle({ conversation: { place, group } }: { readonly conversation: Conversation }) {
  const writing = writingLine(useTyping(targetOf(place)).users);
  if (writing) return <span className="writing">{writing}</span>;
  if (place.kind === 'private') return <Presence userUUID={place.partner} />;
  if (group === undefined) return 'Everyone who uses this server';
  const members = group.members === 1 ? '1 member' : `${group.members} members`;
  return group.topic ? `${members} · ${group.topic}` : members;
}
