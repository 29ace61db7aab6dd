import type { Pattern } from './pattern.js';

/**
 * The requests that can wait. After a break thousands of clients ask for them at once, or a program reads page by page, and a post is not
 * to stand behind them. They have a queue and a share of the handlers for themselves; the order between them and others is not kept.
 *
 * What follows from another in order is in its lane: joins and leaves. What may wait for a hook is not here, because its waiting would
 * take the few handlers of the others: `channels.open`, and joins that wait for one (see `JoinBatcher`). Nor is what keeps something
 * alive, such as leases and sessions: it ends when it is late.
 */
const PATTERNS: readonly Pattern[] = [
  'auth.audit',
  'auth.endSessionsOfAll',
  'auth.listKeys',
  'auth.listSessions',
  'auth.purge',
  'channels.audit',
  'channels.check',
  'channels.exportPage',
  'channels.headsAll',
  'channels.history',
  'channels.joinAll',
  'channels.leaveAll',
  'channels.listGroups',
  'channels.members',
  'channels.messagesOf',
  'channels.openInbox',
  'channels.ownChannels',
  'channels.ownMessages',
  'channels.partnersOf',
  'channels.privateChannelsOf',
  'channels.purgeChannel',
  'channels.purgeUser',
  'channels.readLog',
  'channels.received',
  'channels.webhookDeliveries',
  'channels.webhookStates',
  'users.contacts',
  'users.contactsOf',
  'users.contactUUIDs',
  'users.list',
  'users.page',
  'users.purge',
  'users.search',
  'users.userEventKinds',
  'users.userEvents',
];

const LATER: ReadonlySet<string> = new Set(PATTERNS);

/** What a request with this pattern waits behind, unless who makes it knows better. */
export const laneOf = (pattern: string): 'now' | 'later' => (LATER.has(pattern) ? 'later' : 'now');
