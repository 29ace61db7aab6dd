export type { StoreOptions } from './chat-stores.js';
export { type BegunMention, mentionAt, usersNamed, withMention } from './composer/mention.js';
export {
  type Composer,
  type ComposerActions,
  useComposer,
  useComposerActions,
} from './composer/use-composer.js';
export type { ConnectionView } from './connection.js';
export type { Conversation } from './inbox/conversation.js';
export { Inbox } from './inbox/inbox.js';
export type { InboxNews, InboxOptions, InboxView } from './inbox/inbox-view.js';
export { type InboxActions, useInbox } from './inbox/use-inbox.js';
export type { ChatStorage } from './kept.js';
export type { MessagesStatus, MessagesView } from './messages/feed-view.js';
export type { ShownMessage } from './messages/shown-messages.js';
export type { TypingUser } from './messages/typing-users.js';
export { type ChannelView, useChannel } from './messages/use-channel.js';
export { type MessageFeed, type MessagesActions, useMessages } from './messages/use-messages.js';
export { useTyping } from './messages/use-typing.js';
export { type KnownPeople, People, type PeopleOptions, type Person } from './people/people.js';
export { usePeople } from './people/use-people.js';
export { usePerson } from './people/use-person.js';
export { type PresenceView, usePresence } from './people/use-presence.js';
export { ParleyProvider, type ParleyProviderProps, useParley } from './provider.js';
export { type ChannelRef, keyOf as channelKeyOf } from './shared/channel-ref.js';
export { useConnection } from './use-connection.js';
