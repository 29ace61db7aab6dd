import { Box, Text } from 'ink';
import type { Conversation, Conversations } from '../conversations.js';

interface Props {
  readonly conversations: Conversations;
  readonly activeId: string;
  readonly columns: number;
  readonly rows: number;
}

/** The conversations around the active one that have a place, with what is unread in each. */
export function ConversationList({ conversations, activeId, columns, rows }: Props) {
  const active = conversations.findIndex(({ id }) => id === activeId);
  const first = Math.max(Math.min(active - Math.floor(rows / 2), conversations.length - rows), 0);
  return (
    <Box flexDirection="column" width={columns} marginRight={2} flexShrink={0}>
      {conversations.slice(first, first + rows).map((conversation) => (
        <Row key={conversation.id} conversation={conversation} isActive={conversation.id === activeId} />
      ))}
    </Box>
  );
}

function Row({
  conversation,
  isActive,
}: {
  readonly conversation: Conversation;
  readonly isActive: boolean;
}) {
  const { title, unread, isMentioned } = conversation;
  const count = `${isMentioned ? '@' : ''}${unread > 0 ? unread : ''}`;
  return (
    <Box>
      <Box flexGrow={1} flexShrink={1}>
        <Text wrap="truncate" inverse={isActive} bold={unread > 0}>
          {`${isActive ? '›' : ' '}${title}`}
        </Text>
      </Box>
      <Box flexShrink={0} marginLeft={1}>
        <Text color={isMentioned ? 'red' : 'yellow'} bold>
          {count}
        </Text>
      </Box>
    </Box>
  );
}
