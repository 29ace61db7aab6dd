import { useEffect, useState } from 'react';
import { Button } from '../design/button.js';
import { Icon } from '../design/icon.js';
import { Spinner } from '../design/spinner.js';
import { useChat, useInbox } from '../parley.js';
import { ConversationView } from './conversation-view.js';
import { keyOf, type Place } from './place.js';
import { showList } from './route.js';

/** The open conversation, or what stands there while none is open. */
export function ConversationPane({ place }: { readonly place: Place | undefined }) {
  if (place === undefined) return <NothingOpen />;
  return <OpenConversation place={place} key={keyOf(place)} />;
}

function NothingOpen() {
  return (
    <div className="pane nothing-open">
      <Icon name="people" />
      <p>Choose a conversation.</p>
    </div>
  );
}

function OpenConversation({ place }: { readonly place: Place }) {
  const { conversations } = useChat();
  const { all } = useInbox();
  const conversation = all.get(keyOf(place));
  const isMissing = useMissing(place, conversation !== undefined);
  if (conversation !== undefined) return <ConversationView conversation={conversation} />;
  return (
    <div className="pane centred">
      {isMissing && conversations.get(keyOf(place)) === undefined ? (
        <NotThere />
      ) : (
        <Spinner label="Opening the conversation" />
      )}
    </div>
  );
}

/** Opens what is not on the list. @returns whether there is no such conversation for this user. */
function useMissing(place: Place, isThere: boolean): boolean {
  const { conversations } = useChat();
  const { status } = useInbox();
  const [isMissing, setMissing] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: one component shows one place
  useEffect(() => {
    if (isThere || status === 'loading') return;
    let isCurrent = true;
    void conversations.open(place).then((isFound) => {
      if (isCurrent) setMissing(!isFound);
    });
    return () => {
      isCurrent = false;
    };
  }, [conversations, isThere, status]);
  return isMissing;
}

function NotThere() {
  return (
    <div className="blank">
      <h2>This conversation is not there</h2>
      <p>It does not exist, or it is not open to you.</p>
      <Button onClick={showList}>To the list</Button>
    </div>
  );
}
