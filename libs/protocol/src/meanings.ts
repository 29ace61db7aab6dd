import type { CLOSE_CODES } from './close-codes.js';
import type { ErrorName } from './error-codes.js';
import { LIMITS } from './limits.js';
import type { RequestType } from './requests.js';
import type { ServerFrameType } from './server-frames.js';

// What docs/protocol.md says about each frame, error and close code, in Markdown. It is separate from the schemas so
// that a client's bundle can leave it out.

const count = (value: number): string => value.toLocaleString('en');

const CONTACT_ITEM = "`inboxItem` of kind `contact` to the user's connections with `inbox`";

/** How a request is answered, and what other connections are told. */
export const REQUEST_MEANINGS: Readonly<Record<RequestType, { answer: string; others: string }>> = {
  ping: { answer: '`pong`', others: '' },
  signUp: {
    answer: '`authorized`; `USERNAME_TAKEN` if the name is taken',
    others:
      '`sys` `signIn` to every signed-in connection on every replica, the new one included, after its `authorized`',
  },
  signIn: {
    answer:
      '`authorized`; an unknown username is created, or is `USERNAME_TAKEN` if it looks like another one; a wrong password is `WRONG_PASSWORD`. With a `token`: `authorized` with `expiresAt`, or `WRONG_TOKEN`; with the key of a bot as the `token`: `authorized`, with `expiresAt` if the key expires',
    others: 'as for `signUp`',
  },
  refresh: {
    answer:
      '`refresh` with the new `expiresAt`; `WRONG_TOKEN` if the token is not valid or is of another user',
    others: '',
  },
  signOut: {
    answer:
      '`signOut`; the access key stops working everywhere at once, and every connection of that session is signed out',
    others: '`sys` `signOut`',
  },
  users: { answer: `\`users\`: a page of at most ${count(LIMITS.usersPerPage)}`, others: '' },
  channelJoin: {
    answer: "`channelJoin`; the connection's earlier channel is left; a join that fails changes nothing",
    others:
      '`sys` `channelJoin` with `SUUID`, `userUUID` and `user` to every connection joined to the channel',
  },
  channelLeave: {
    answer: '`channelLeave` with `SUUID` and `userUUID`, even if the connection was not joined',
    others:
      'if the sender was joined, the same frame to every connection joined to the channel; `connections` in it and in the answer is the number of other connections of that user that are still joined',
  },
  channelMessage: {
    answer: 'the message itself, to a joined sender; `ack` if the request carried `id` or `clientUUID`',
    others:
      '`channelMessage` to every connection joined to the channel; `inboxItem` of kind `message` or `mention` to whom it concerns',
  },
  channelMessages: { answer: '`channelMessages`: a page of the history', others: '' },
  subscribe: {
    answer: `\`subscribed\`; a connection may hold ${LIMITS.subscriptionsPerConnection} channels, then \`LIMIT_REACHED\``,
    others: '',
  },
  unsubscribe: { answer: '`unsubscribed`', others: '' },
  resume: {
    answer: 'what was missed, then `resumed`; `SESSION_EXPIRED` if the key is no longer valid',
    others: '',
  },
  passwordChange: {
    answer:
      '`passwordChange`; every other session of the user has ended, and their connections are closed with 4501; a wrong `old` is `WRONG_PASSWORD`, and counts as a failed sign-in',
    others: '',
  },
  sessions: {
    answer: `\`sessions\`: at most ${count(LIMITS.sessionsPerPage)}, those used last first`,
    others: '',
  },
  sessionsEnd: {
    answer:
      "`sessionsEnd`; the connections of sessions that ended, this one's too if it is among them, are closed with 4501",
    others: '`sys` `signOut` if the user has no connection left',
  },
  accountDelete: {
    answer:
      '`accountDelete`, then every connection of the user is closed with 4501; a wrong password is `WRONG_PASSWORD`, and counts as a failed sign-in; a user of an identity provider brings a token that was issued in the last 10 minutes: an older one is `FORBIDDEN`, that of another user `WRONG_TOKEN`',
    others: '`sys` `signOut`',
  },
  inbox: { answer: '`inbox`, then what was missed', others: '' },
  channelRead: {
    answer: '`channelRead` with the position after it, which never goes back',
    others: `in channels of at most ${LIMITS.membersWithReads} members, \`sys\` \`channelRead\` to those who subscribed; where it moves, \`inboxItem\` of kind \`read\` to the user's connections with \`inbox\``,
  },
  typing: {
    answer: 'with an `id`, the frame itself; otherwise none',
    others: `\`typing\` to those who subscribed, once in ${LIMITS.typingMs / 1000} s at most`,
  },
  messageEdit: {
    answer: '`messageEdit`; `MESSAGE_NOT_FOUND` if there is no such message, or it is deleted',
    others:
      '`messageEdit` to those who subscribed; `inboxItem` of kind `mention` to those whom it mentions and did not before',
  },
  messageDelete: { answer: '`messageDelete`', others: '`messageDelete` to those who subscribed' },
  reaction: {
    answer: `\`reaction\`; \`LIMIT_REACHED\` if the message has ${LIMITS.reactionKinds} other kinds`,
    others: '`reaction` to those who subscribed',
  },
  channelCreate: { answer: '`channelCreate`; the user is its owner', others: '' },
  channels: {
    answer: `\`channels\`: at most ${LIMITS.channelsPerPage} groups, with a \`cursor\` if there are more`,
    others: '',
  },
  channelSet: { answer: '`channelSet`', others: '`sys` `channelSet` to members who subscribed' },
  channelMembers: {
    answer: `\`channelMembers\`: at most ${LIMITS.membersPerPage}, with a \`cursor\` if there are more`,
    others: '',
  },
  channelInvite: {
    answer:
      '`channelInvite`: who is a member now, and who could not be invited, with the name of an error; one `userUUID` that cannot be is answered with that error',
    others:
      '`sys` `channelInvite` to members who subscribed, for each new one; `inboxItem` of kind `invite` to the new one',
  },
  channelKick: {
    answer: '`channelKick`; of oneself, it quits the group',
    others: '`sys` `channelKick` to members who subscribed; `inboxItem` of kind `kick` to the user',
  },
  channelUnban: { answer: '`channelUnban`', others: '`sys` `channelUnban` to members who subscribed' },
  channelMute: {
    answer: '`channelMute`; 0 seconds end it',
    others: '`sys` `channelMute` to members who subscribed',
  },
  channelRole: {
    answer: '`channelRole`; an owner who makes another user the owner is a moderator afterwards',
    others: '`sys` `channelRole` to members who subscribed',
  },
  channelAudit: {
    answer: `\`channelAudit\`: at most ${LIMITS.auditEntriesPerPage} entries, the newest first, with a \`cursor\` if there are more`,
    others: '',
  },
  contacts: {
    answer: `\`contacts\`: at most ${LIMITS.contactsPerPage} contacts and as many blocked users, those added last first, with a \`cursor\` if there are more`,
    others: '',
  },
  contactAdd: {
    answer: '`contacts`: the first page after the change',
    others: "`inboxItem` of kind `contact` to the user's connections with `inbox`, and to who is added",
  },
  contactRemove: { answer: 'as for `contactAdd`', others: CONTACT_ITEM },
  block: {
    answer: "as for `contactAdd`; the user's private messages are refused with `BLOCKED` from then on",
    others: CONTACT_ITEM,
  },
  unblock: { answer: 'as for `contactAdd`', others: CONTACT_ITEM },
};

/** When the server sends a frame. */
export const FRAME_MEANINGS: Readonly<Record<ServerFrameType, string>> = {
  ready: 'the connection is open',
  pong: 'answers `ping`',
  authorized: 'answers `signUp` and `signIn`; with `expiresAt` if a token signed in',
  refresh: 'answers `refresh`; `expiresAt` is when the connection is closed unless it is refreshed again',
  signOut: "answers `signOut`; also tells the session's other connections that it has ended",
  users:
    'answers `users`; each is `{UUID, Username, OnLine, Name?, Picture?}`, with `bot: true` for a program that a key signs in',
  channelJoin: 'answers `channelJoin`',
  channelLeave: 'answers `channelLeave`, and tells the joined connections',
  channelMessage: 'a message was stored in a joined channel',
  channelMessages: 'answers `channelMessages`',
  subscribed:
    'answers `subscribe`; sent unasked: messages before `seq` are no longer kept, reload the channel',
  unsubscribed: 'answers `unsubscribe`',
  resumed: 'answers `resume`; each channel is `{channelUUID, epoch, seq, recovered}`',
  inbox: 'answers `inbox`',
  inboxItem:
    'something that concerns the user has happened: `kind` is `message`, `mention`, `invite`, `kick`, `read` or `contact`',
  passwordChange: 'answers `passwordChange`; `ended` is the number of other sessions that have ended',
  sessions: 'answers `sessions`; each is `{sessionUUID, current, usedAt, expiresAt}`',
  sessionsEnd: 'answers `sessionsEnd`; `ended` is the number of sessions that have ended',
  accountDelete: 'answers `accountDelete`',
  ack: 'the message of a request with `id` or `clientUUID` is stored; comes before or after the message itself',
  channelRead: 'answers `channelRead`; `unread` is what is left',
  typing: 'a user is writing in a channel that the connection subscribed to',
  messageEdit:
    'answers `messageEdit`; in a followed log, a text has changed; without `Message` if the message has been deleted since',
  messageDelete: 'answers `messageDelete`; in a followed log, a message is gone',
  reaction:
    'answers `reaction`; in a followed log, a user has reacted or taken it back; `count` users have that reaction now',
  channelCreate: 'answers `channelCreate`',
  channels:
    'answers `channels`; each is `{channelUUID, name, topic, private, archived, role, members, seq, unread, lastMessage?}`',
  channelSet: 'answers `channelSet`',
  channelMembers: 'answers `channelMembers`; each is a user with `role` and `mutedUntil?`',
  channelInvite: 'answers `channelInvite`; each of `refused` is `{userUUID, name}`',
  channelKick: 'answers `channelKick`',
  channelUnban: 'answers `channelUnban`',
  channelMute: 'answers `channelMute`; without `mutedUntil`, the user may speak',
  channelRole: 'answers `channelRole`',
  channelAudit:
    'answers `channelAudit`; each is `{at, by, action, …}` with the fields that its action needs, and no text',
  contacts: 'answers `contacts`, `contactAdd`, `contactRemove`, `block` and `unblock`',
  sys: 'a user signed in or out, or joined; a log has a new epoch; a group or its members have changed; a member has read a channel; an operator announces something',
  error: 'a request failed',
};

/** When a request is answered with this error. */
export const ERROR_MEANINGS: Readonly<Record<ErrorName, string>> = {
  BAD_JSON: 'the frame is not a JSON object',
  UNKNOWN_TYPE: 'there is no such frame type',
  INVALID_FIELD: '`message` says which field and what was expected',
  NOT_SIGNED_IN: 'the request needs a signed-in connection',
  WRONG_PASSWORD:
    'the password is not that of the username; where `signIn` creates no accounts, also an unknown username',
  USERNAME_TAKEN:
    '`signUp` with a name that exists, in any letter case; either frame with one that looks like another',
  SESSION_EXPIRED: 'the access key is unknown, expired or signed out',
  WRONG_TOKEN:
    'the token has expired or is not valid yet, is not of this issuer or for this audience, has a wrong signature, or was revoked; `message` says which',
  USER_NOT_FOUND: 'there is no such recipient',
  CHANNEL_NOT_FOUND: 'there is no such channel',
  MESSAGE_NOT_FOUND: 'there is no such message',
  FORBIDDEN:
    'the channel is not open to this user; to `signIn`: the account is banned or disabled, or the server does not take this way to sign in (`AUTH_METHODS`); to `signUp`: registration is closed; to `passwordChange` and `accountDelete` with a password: the account has none; to `accountDelete` with a token: it was not issued lately; or a [hook](hooks.md) has refused it, and the message says why',
  BLOCKED: 'the recipient has blocked the sender',
  MESSAGE_TOO_LONG: `the message has more than ${count(LIMITS.messageCharacters)} characters`,
  LIMIT_REACHED: 'the user or connection already has as many of something as is allowed',
  RATE_LIMITED:
    'too many frames from this connection, failed sign-ins with this username from this address, or sign-ups from this address; `retryAfterMs` says when to try again',
  OVERLOADED: 'a queue is full; nothing was done',
  UNAVAILABLE:
    'no answer in time, or Redis is unavailable; a message may be sent again under its `clientUUID`',
  STORAGE_FULL: 'Redis is full; nothing was stored',
  INTERNAL: "a fault in the server; `message` holds a reference that also stands in the server's log",
};

/** Why the server closes a connection. */
export const CLOSE_MEANINGS: Readonly<Record<keyof typeof CLOSE_CODES, string>> = {
  GOING_AWAY: 'the server is shutting down',
  UNSUPPORTED_DATA: 'a binary frame',
  INVALID_UTF8: 'a text frame that is not UTF-8',
  POLICY_VIOLATION: `${LIMITS.invalidFramesInARow} frames in a row that were \`BAD_JSON\`, \`UNKNOWN_TYPE\` or \`INVALID_FIELD\`; a message in more than 128 fragments, or a frame in very many pieces`,
  FRAME_TOO_BIG: 'a frame over `MAX_FRAME_BYTES`',
  DRAINING: 'this replica is going away; another one takes the connection',
  HEARTBEAT_LOST: 'no pong for 60 s',
  GAVE_WAY: 'the room was needed for others: nobody was signed in here, or much had been sent and waited',
  TOO_SLOW: 'the client does not read what it is sent',
  OUT_OF_STEP:
    'this connection missed something, or waited 30 s for what could not be done, and only a resume on a new one recovers that',
  SIGNED_OUT_EVERYWHERE:
    'the session was ended from elsewhere: by `sessionsEnd`, a changed password, an operator, or the end of its account',
  TOKEN_EXPIRED: 'the token that signed in has expired, and no `refresh` came on this connection',
  BANNED: 'an operator has banned the user',
};
