import { z } from 'zod';
import { reaction, uuid } from '../fields.js';
import { LIMITS } from '../limits.js';
import type { RestOperation } from './operation.js';
import { historyPlace, numberInQuery, pageQuery } from './paging.js';
import { channelOrGeneral, userOrMe } from './params.js';
import { REST_SCHEMAS } from './schemas.js';

const inChannel = { channelUUID: channelOrGeneral };
const ofMessage = { ...inChannel, UUID: uuid };
const ofReaction = z.object({ ...ofMessage, reaction });
const withUser = z.object({ userUUID: userOrMe });

const position = numberInQuery(0, Number.MAX_SAFE_INTEGER).optional();

const history = z
  .object({
    cursor: historyPlace.optional(),
    before: position,
    after: position,
    limit: numberInQuery(1, LIMITS.messagesPerPage).optional(),
  })
  .refine(
    ({ cursor, before, after }) => [cursor, before, after].filter((place) => place !== undefined).length <= 1,
    'expected one of cursor, before and after',
  );

const HISTORY =
  'The newest page, or what lies `before` or `after` a `Seq`; the oldest message of a page comes first. `cursor` leads on in the same direction.';

const POST_ERRORS = ['CHANNEL_NOT_FOUND', 'MESSAGE_NOT_FOUND', 'MESSAGE_TOO_LONG', 'FORBIDDEN'] as const;
const CHANGE_ERRORS = ['CHANNEL_NOT_FOUND', 'MESSAGE_NOT_FOUND', 'FORBIDDEN', 'BLOCKED'] as const;

export const messageOperations = {
  postMessage: {
    method: 'POST',
    path: '/channels/{channelUUID}/messages',
    resource: 'messages',
    summary: 'Post a message to a channel',
    details:
      'The `Idempotency-Key` is the `clientUUID` of the wire: the message is stored once, whichever way it is sent again.',
    params: z.object(inChannel),
    body: REST_SCHEMAS.NewMessage,
    status: 201,
    answer: REST_SCHEMAS.StoredMessage,
    errors: [...POST_ERRORS, 'BLOCKED'],
  },
  postMessageToUser: {
    method: 'POST',
    path: '/users/{userUUID}/messages',
    resource: 'messages',
    summary: 'Send a private message to a user',
    details: 'As `postMessage`. `ChannelUUID` names the private channel of the two from then on.',
    params: withUser,
    body: REST_SCHEMAS.NewMessage,
    status: 201,
    answer: REST_SCHEMAS.StoredMessage,
    errors: ['USER_NOT_FOUND', ...POST_ERRORS, 'BLOCKED'],
  },
  listMessages: {
    method: 'GET',
    path: '/channels/{channelUUID}/messages',
    resource: 'messages',
    summary: "Read a channel's history",
    details: HISTORY,
    params: z.object(inChannel),
    query: history,
    status: 200,
    answer: REST_SCHEMAS.MessagePage,
    errors: ['CHANNEL_NOT_FOUND', 'FORBIDDEN'],
  },
  listReceivedMessages: {
    method: 'GET',
    path: '/users/me/messages',
    resource: 'messages',
    summary: 'List the private messages that you have received, over all channels',
    details:
      'In the order of time, the newest first, for as long as their channels keep them. Each is as it is now; deleted ones are left out, so that a page may have fewer than `limit`. Notes to yourself are not among them: `listMessagesWithUser` with your own UUID reads those.',
    query: z.object(pageQuery(LIMITS.messagesPerPage)),
    status: 200,
    answer: REST_SCHEMAS.ReceivedPage,
    errors: [],
  },
  listMessagesWithUser: {
    method: 'GET',
    path: '/users/{userUUID}/messages',
    resource: 'messages',
    summary: 'Read the messages between you and a user',
    details: HISTORY,
    params: z.object({ userUUID: uuid }),
    query: history,
    status: 200,
    answer: REST_SCHEMAS.MessagePage,
    errors: ['USER_NOT_FOUND', 'FORBIDDEN'],
  },
  editMessage: {
    method: 'PATCH',
    path: '/channels/{channelUUID}/messages/{UUID}',
    resource: 'messages',
    summary: 'Give your message another text',
    params: z.object(ofMessage),
    body: REST_SCHEMAS.MessageText,
    status: 200,
    answer: REST_SCHEMAS.MessageEdited,
    errors: [...CHANGE_ERRORS, 'MESSAGE_TOO_LONG'],
  },
  deleteMessage: {
    method: 'DELETE',
    path: '/channels/{channelUUID}/messages/{UUID}',
    resource: 'messages',
    summary: 'Delete a message',
    params: z.object(ofMessage),
    status: 200,
    answer: REST_SCHEMAS.MessageDeleted,
    errors: CHANGE_ERRORS,
  },
  addReaction: {
    method: 'PUT',
    path: '/channels/{channelUUID}/messages/{UUID}/reactions/{reaction}',
    resource: 'messages',
    summary: 'React to a message',
    params: ofReaction,
    status: 200,
    answer: REST_SCHEMAS.Reaction,
    errors: [...CHANGE_ERRORS, 'LIMIT_REACHED'],
  },
  removeReaction: {
    method: 'DELETE',
    path: '/channels/{channelUUID}/messages/{UUID}/reactions/{reaction}',
    resource: 'messages',
    summary: 'Take your reaction back',
    params: ofReaction,
    status: 200,
    answer: REST_SCHEMAS.Reaction,
    errors: CHANGE_ERRORS,
  },
  markRead: {
    method: 'PUT',
    path: '/channels/{channelUUID}/read',
    resource: 'messages',
    summary: 'Say up to which Seq you have read a channel',
    details: 'The position never goes back.',
    params: z.object(inChannel),
    body: REST_SCHEMAS.NewPosition,
    status: 200,
    answer: REST_SCHEMAS.Position,
    errors: ['CHANNEL_NOT_FOUND', 'FORBIDDEN'],
  },
} as const satisfies Record<string, RestOperation>;
