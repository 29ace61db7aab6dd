/** Bounds of the wire contract, each in the unit that its name states. */
export const LIMITS = {
  /** Default of `MAX_FRAME_BYTES`: the size of one text frame from a client. */
  frameBytes: 64 * 1024,
  usernameCharacters: 64,
  passwordBytes: 256,
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
  /** Invalid frames in a row after which a connection is closed with 1008. */
  invalidFramesInARow: 20,
} as const;
