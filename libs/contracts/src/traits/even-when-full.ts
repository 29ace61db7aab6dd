import type { Pattern } from './pattern.js';

/**
 * The requests that Redis takes even at `maxmemory`: they only read, free memory, or keep what is there alive. So a full
 * Redis refuses new messages, and everything that is stored stays readable.
 */
const PATTERNS: readonly Pattern[] = [
  'auth.account',
  'auth.audit',
  // Only reads, but where it makes or renames a user: those writes are refused.
  'auth.identifyByToken',
  'auth.keepSessions',
  'auth.listKeys',
  'auth.listSessions',
  // Only reads the key of a bot. What an operator's key does is noted first, and refused where that cannot be.
  'auth.openKeys',
  'auth.openSessions',
  'auth.openTokens',
  'auth.ownerOf',
  'auth.purge',
  'auth.revokeKey',
  'auth.signOut',
  'auth.unbar',
  'channels.audit',
  'channels.check',
  'channels.delete',
  'channels.find',
  'channels.headsAll',
  'channels.history',
  'channels.joinAll',
  'channels.leaveAll',
  'channels.listGroups',
  'channels.members',
  'channels.messagesOf',
  'channels.open',
  'channels.openInbox',
  'channels.ownChannels',
  'channels.ownMessages',
  'channels.privateChannelsOf',
  'channels.purgeChannel',
  'channels.purgeUser',
  'channels.read',
  'channels.readGroup',
  'channels.readLog',
  'channels.unblock',
  'channels.webhookDeliveries',
  'channels.webhookStates',
  'users.contacts',
  'users.contactsOf',
  'users.disconnectAll',
  'users.endLease',
  'users.list',
  'users.lookup',
  'users.lookupNames',
  'users.page',
  'users.purge',
  'users.removeContact',
  'users.renewLease',
  'users.search',
  'users.unlistBlocked',
  'users.userEventKinds',
  'users.userEvents',
];

const EVEN_WHEN_FULL: ReadonlySet<string> = new Set(PATTERNS);

/** Whether Redis takes a request with this pattern even at `maxmemory`. */
export const isTakenWhenFull = (pattern: string): boolean => EVEN_WHEN_FULL.has(pattern);
