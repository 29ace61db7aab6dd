import type { Pattern } from './pattern.js';

/** How requests with a pattern travel to their service. */
export interface RequestTraits {
  /**
   * What they wait behind. `later` is for what can wait: after a break thousands of clients ask for it at once, or a program reads page by
   * page, and a post is not to stand behind that. It has a queue and a share of the handlers for itself; the order between the lanes is not kept.
   *
   * What follows from another in order is in its lane: joins and leaves. What may wait for a hook is in `now`, because its waiting would
   * take the few handlers of `later`: `channels.open`, and joins that wait for one (see `JoinBatcher`). So is what keeps something
   * alive, such as leases and sessions: it ends when it is late.
   */
  readonly lane: 'now' | 'later';
  /**
   * Redis takes them even at `maxmemory`: they only read, free memory, or keep what is there alive. So a full Redis refuses new
   * messages, and everything that is stored stays readable.
   */
  readonly evenWhenFull?: true;
  /**
   * The service queues them by rules of its own, which the transport's queue does not know: they begin however long they have waited there.
   * So does auth with all that hashes a password, fairly to users and addresses (see its `HashingQueue`).
   */
  readonly hasOwnQueue?: true;
}

/** Each pattern stands here, so that nobody adds one without a lane. */
const TRAITS: Readonly<Record<Pattern, RequestTraits>> = {
  'auth.account': { lane: 'now', evenWhenFull: true },
  'auth.announce': { lane: 'now' },
  'auth.audit': { lane: 'later', evenWhenFull: true },
  'auth.bar': { lane: 'now' },
  'auth.byKey': { lane: 'now' },
  'auth.changePassword': { lane: 'now', hasOwnQueue: true },
  'auth.createBot': { lane: 'now' },
  'auth.createKey': { lane: 'now' },
  'auth.delete': { lane: 'now', hasOwnQueue: true },
  'auth.deleteAccount': { lane: 'now', hasOwnQueue: true },
  'auth.deleteAccountByToken': { lane: 'now', hasOwnQueue: true },
  'auth.endSessions': { lane: 'now' },
  'auth.endSessionsOf': { lane: 'now' },
  'auth.endSessionsOfAll': { lane: 'later' },
  // Only reads, but where it makes or renames a user: those writes are refused.
  'auth.identifyByToken': { lane: 'now', evenWhenFull: true },
  'auth.keepSessions': { lane: 'now', evenWhenFull: true },
  'auth.listKeys': { lane: 'later', evenWhenFull: true },
  'auth.listSessions': { lane: 'later', evenWhenFull: true },
  // Only reads the key of a bot. What an operator's key does is noted first, and refused where that cannot be.
  'auth.openKeys': { lane: 'now', evenWhenFull: true },
  'auth.openSessions': { lane: 'now', evenWhenFull: true },
  'auth.openTokens': { lane: 'now', evenWhenFull: true },
  'auth.ownerOf': { lane: 'now', evenWhenFull: true },
  'auth.provision': { lane: 'now' },
  'auth.purge': { lane: 'later', evenWhenFull: true },
  'auth.refreshToken': { lane: 'now' },
  'auth.revokeKey': { lane: 'now', evenWhenFull: true },
  'auth.revokeTokens': { lane: 'now' },
  'auth.settleUses': { lane: 'now' },
  'auth.signIn': { lane: 'now', hasOwnQueue: true },
  'auth.signInByKey': { lane: 'now' },
  'auth.signInByToken': { lane: 'now' },
  'auth.signInKnown': { lane: 'now', hasOwnQueue: true },
  'auth.signInSealed': { lane: 'now', hasOwnQueue: true },
  'auth.signOut': { lane: 'now', evenWhenFull: true },
  'auth.signUp': { lane: 'now', hasOwnQueue: true },
  'auth.signUpSealed': { lane: 'now', hasOwnQueue: true },
  'auth.unbar': { lane: 'now', evenWhenFull: true },
  'auth.unrevokeTokens': { lane: 'now' },
  'channels.audit': { lane: 'later', evenWhenFull: true },
  'channels.block': { lane: 'now' },
  'channels.check': { lane: 'later', evenWhenFull: true },
  'channels.createGroup': { lane: 'now' },
  'channels.delete': { lane: 'now', evenWhenFull: true },
  'channels.deliveriesOf': { lane: 'now' },
  'channels.edit': { lane: 'now' },
  'channels.exportPage': { lane: 'later' },
  'channels.find': { lane: 'now', evenWhenFull: true },
  'channels.headsAll': { lane: 'later', evenWhenFull: true },
  'channels.history': { lane: 'later', evenWhenFull: true },
  'channels.invite': { lane: 'now' },
  'channels.joinAll': { lane: 'later', evenWhenFull: true },
  'channels.kick': { lane: 'now' },
  'channels.leaveAll': { lane: 'later', evenWhenFull: true },
  'channels.listGroups': { lane: 'later', evenWhenFull: true },
  'channels.members': { lane: 'later', evenWhenFull: true },
  'channels.messagesOf': { lane: 'later', evenWhenFull: true },
  'channels.mute': { lane: 'now' },
  'channels.open': { lane: 'now', evenWhenFull: true },
  'channels.openInbox': { lane: 'later', evenWhenFull: true },
  'channels.ownChannels': { lane: 'later', evenWhenFull: true },
  'channels.ownMessages': { lane: 'later', evenWhenFull: true },
  'channels.partnersOf': { lane: 'later' },
  'channels.postAll': { lane: 'now' },
  'channels.privateChannelsOf': { lane: 'later', evenWhenFull: true },
  'channels.purgeChannel': { lane: 'later', evenWhenFull: true },
  'channels.purgeUser': { lane: 'later', evenWhenFull: true },
  'channels.react': { lane: 'now' },
  'channels.read': { lane: 'now', evenWhenFull: true },
  'channels.readGroup': { lane: 'now', evenWhenFull: true },
  'channels.readLog': { lane: 'later', evenWhenFull: true },
  'channels.received': { lane: 'later' },
  'channels.replayAside': { lane: 'now' },
  'channels.replayDelivery': { lane: 'now' },
  'channels.replayWebhook': { lane: 'now' },
  'channels.retention': { lane: 'now' },
  'channels.sendAgain': { lane: 'now' },
  'channels.sendAsideAgain': { lane: 'now' },
  'channels.setGroup': { lane: 'now' },
  'channels.setRole': { lane: 'now' },
  'channels.trim': { lane: 'now' },
  'channels.typing': { lane: 'now' },
  'channels.unban': { lane: 'now' },
  'channels.unblock': { lane: 'now', evenWhenFull: true },
  'channels.webhookDeliveries': { lane: 'later', evenWhenFull: true },
  'channels.webhooks': { lane: 'now' },
  'channels.webhookStates': { lane: 'later', evenWhenFull: true },
  'users.addContact': { lane: 'now' },
  'users.connectAll': { lane: 'now' },
  'users.contacts': { lane: 'later', evenWhenFull: true },
  'users.contactsOf': { lane: 'later', evenWhenFull: true },
  'users.contactUUIDs': { lane: 'later' },
  'users.disconnectAll': { lane: 'now', evenWhenFull: true },
  'users.endLease': { lane: 'now', evenWhenFull: true },
  'users.list': { lane: 'later', evenWhenFull: true },
  'users.listBlocked': { lane: 'now' },
  'users.lookup': { lane: 'now', evenWhenFull: true },
  'users.lookupNames': { lane: 'now', evenWhenFull: true },
  'users.noteUserEvents': { lane: 'now' },
  'users.page': { lane: 'later', evenWhenFull: true },
  'users.purge': { lane: 'later', evenWhenFull: true },
  'users.register': { lane: 'now' },
  'users.removeContact': { lane: 'now', evenWhenFull: true },
  'users.rename': { lane: 'now' },
  'users.renewLease': { lane: 'now', evenWhenFull: true },
  'users.search': { lane: 'later', evenWhenFull: true },
  'users.setProfile': { lane: 'now' },
  'users.unlistBlocked': { lane: 'now', evenWhenFull: true },
  'users.userEventKinds': { lane: 'later', evenWhenFull: true },
  'users.userEvents': { lane: 'later', evenWhenFull: true },
};

const BY_PATTERN: ReadonlyMap<string, RequestTraits> = new Map(Object.entries(TRAITS));
const UNKNOWN: RequestTraits = { lane: 'now' };

/** How requests with this pattern travel, unless who makes one knows better. */
export const traitsOf = (pattern: string): RequestTraits => BY_PATTERN.get(pattern) ?? UNKNOWN;
