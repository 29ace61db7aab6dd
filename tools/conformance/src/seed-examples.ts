import { BOOLEAN, COUNT, TEXT, TIME, UUID } from './matching.js';
import type { Frame } from './peer.js';

/** The values of the examples' placeholders in one conversation between two users. */
export interface SeedConversation {
  /** The user who sends the request. */
  readonly userUUID: string;
  readonly username: string;
  readonly password: string;
  /** From the `ready` of the sender's connection. */
  readonly sessionUUID: string;
  /** The other user of the private channel. */
  readonly recipientUUID: string;
  readonly recipientName: string;
  readonly message: string;
}

/** The sender's state when an example begins. */
type Before = 'connected' | 'registered' | 'signed in' | 'joined';

/** One request from the Go demo's document, with everything that the document says comes back. */
export interface SeedExample {
  /** The document's heading. */
  readonly heading: string;
  readonly before: Before;
  readonly request: (talk: SeedConversation) => Frame;
  /** "Receive a message from websocket". */
  readonly answer: (talk: SeedConversation) => object;
  /** "Send system message to all connected users", "all joined users received it too". */
  readonly others?: (talk: SeedConversation) => object;
}

const authorized = { type: 'authorized', authorized: { userUUID: UUID, accessKey: TEXT } };

const sysSignIn = ({ username }: SeedConversation) => ({
  type: 'sys',
  sys: { type: 'signIn', signIn: { uuid: UUID, username } },
});

const channelMessage = (talk: SeedConversation) => ({
  SenderUUID: talk.userUUID,
  Sender: { UUID: talk.userUUID, Username: talk.username },
  RecipientUUID: talk.recipientUUID,
  Recipient: { UUID: talk.recipientUUID, Username: talk.recipientName },
  Message: talk.message,
  CreatedAt: TIME,
});

const channelLeave = ({ sessionUUID, userUUID, recipientUUID }: SeedConversation) => ({
  SUUID: sessionUUID,
  type: 'channelLeave',
  userUUID,
  channelLeave: { recipientUUID },
});

/**
 * Every example of the demo's document as JSON, in its order, with its letter case and fields. The sign-in example
 * appears there for a new and for a known user. Each placeholder is named by its field.
 */
export const SEED_EXAMPLES: readonly SeedExample[] = [
  {
    heading: 'User sign in (the user does not exist yet)',
    before: 'connected',
    request: ({ username, password }) => ({ type: 'signIn', signIn: { username, password } }),
    answer: () => authorized,
    others: sysSignIn,
  },
  {
    heading: 'User sign in',
    before: 'registered',
    request: ({ username, password }) => ({ type: 'signIn', signIn: { username, password } }),
    answer: () => authorized,
    others: sysSignIn,
  },
  {
    heading: 'User sign up',
    before: 'connected',
    request: ({ username, password }) => ({ type: 'signUp', signUp: { username, password } }),
    answer: () => authorized,
    others: sysSignIn,
  },
  {
    heading: 'Logout user',
    before: 'signed in',
    request: ({ userUUID }) => ({ type: 'signOut', userUUID }),
    answer: ({ userUUID }) => ({ type: 'signOut', signOut: { uuid: userUUID } }),
  },
  {
    heading: 'Get users',
    before: 'signed in',
    request: ({ userUUID }) => ({ userUUID, type: 'users' }),
    answer: () => ({
      type: 'users',
      users: { total: COUNT, received: COUNT, users: [{ UUID, Username: TEXT, OnLine: BOOLEAN }] },
    }),
  },
  {
    heading: 'Rooms, Join to channel (room)',
    before: 'signed in',
    request: ({ userUUID, sessionUUID, recipientUUID }) => ({
      userUUID,
      sessionUUID,
      type: 'channelJoin',
      channelJoin: { recipientUUID },
    }),
    answer: (talk) => ({
      type: 'channelJoin',
      channelJoin: {
        recipientUUID: talk.recipientUUID,
        messages: [{ UUID, ...channelMessage(talk) }],
        users: [
          { UUID: talk.userUUID, Username: talk.username, OnLine: true },
          { UUID: talk.recipientUUID, Username: talk.recipientName, OnLine: true },
        ],
      },
    }),
    others: ({ userUUID, username, sessionUUID, recipientUUID }) => ({
      type: 'sys',
      SUUID: sessionUUID,
      userUUID,
      user: { UUID: userUUID, Username: username, OnLine: true },
      sys: { type: 'channelJoin', channelJoin: { recipientUUID } },
    }),
  },
  {
    heading: 'Leave channel',
    before: 'joined',
    request: channelLeave,
    answer: channelLeave,
    others: channelLeave,
  },
  {
    heading: 'Messages',
    before: 'joined',
    request: ({ userUUID, recipientUUID, message }) => ({
      userUUID,
      type: 'channelMessage',
      channelMessage: { recipientUUID, message },
    }),
    answer: (talk) => ({
      type: 'channelMessage',
      channelMessage: {
        ...channelMessage(talk),
        Sender: { UUID: talk.userUUID, Username: talk.username, OnLine: true },
        Recipient: { UUID: talk.recipientUUID, Username: talk.recipientName, OnLine: true },
      },
    }),
    others: (talk) => ({
      type: 'channelMessage',
      channelMessage: {
        ...channelMessage(talk),
        Sender: { UUID: talk.userUUID, Username: talk.username, OnLine: true },
        Recipient: { UUID: talk.recipientUUID, Username: talk.recipientName, OnLine: true },
      },
    }),
  },
];
