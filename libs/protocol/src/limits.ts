/** Bounds of the wire contract, each in the unit that its name states. */
export const LIMITS = {
  /** Default of `MAX_FRAME_BYTES`: the size of one text frame from a client. */
  frameBytes: 64 * 1024,
  usernameCharacters: 64,
  passwordBytes: 256,
  keyNameCharacters: 64,
  /** Keys of operators and of bots together. */
  keys: 1000,
  keyDays: 3650,
  /** Users in one request that provisions them. */
  provisionedAtOnce: 100,
  /** An announcement to everybody. */
  announcementCharacters: 1000,
  /** The most that `Parley-Act-As` has. */
  actAsCharacters: 1024,
  /** A JSON Web Token: four times what identity providers make with many roles in it. */
  tokenCharacters: 16 * 1024,
  messageCharacters: 4000,
  requestIdCharacters: 64,
  clientIdCharacters: 64,
  usersPerPage: 1000,
  messagesPerPage: 100,
  messagesOnJoin: 10,
  joinedUsersShown: 100,
  subscriptionsPerConnection: 256,
  /** Frames and bytes of one connection that may wait before it is signed in: a `resume` of 256 channels has 29 KB. */
  framesBeforeSignIn: 8,
  bytesBeforeSignIn: 64 * 1024,
  /** Sessions in one list, and in one request to end some. */
  sessionsPerPage: 1000,
  groupNameCharacters: 100,
  topicCharacters: 1000,
  /** Users in one invitation. */
  invitesAtOnce: 100,
  /** The longest time that a member can be muted for: a year. */
  muteSeconds: 365 * 24 * 60 * 60,
  channelsPerPage: 100,
  membersPerPage: 100,
  auditEntriesPerPage: 100,
  deliveriesPerPage: 100,
  eventIdCharacters: 64,
  contactsPerPage: 100,
  /** The most that the mark of a next page has. */
  cursorCharacters: 256,
  /** What one reaction to a message may have, and the kinds of them that a message may have. */
  reactionCharacters: 32,
  reactionKinds: 20,
  /** What a reply quotes of the message that it answers. */
  excerptCharacters: 100,
  /** Members that a message mentions. More names than that stay plain text. */
  mentionsPerMessage: 50,
  /** Channels of more members than this tell nobody how far others have read. */
  membersWithReads: 100,
  /** Of one connection, at most one `typing` in a channel is passed on in this time. */
  typingMs: 3000,
  /** Invalid frames in a row after which a connection is closed with 1008. */
  invalidFramesInARow: 20,
} as const;
