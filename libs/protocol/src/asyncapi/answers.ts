import { type RequestType, requestPayloads } from '../requests.js';
import type { ServerFrameType } from '../server-frames.js';

/** The requests that are not answered by the frame of their own name. */
const ANSWERED_BY_OTHERS: { readonly [T in RequestType]?: readonly ServerFrameType[] } = {
  ping: ['pong'],
  signUp: ['authorized'],
  signIn: ['authorized'],
  channelMessage: ['ack'],
  subscribe: ['subscribed'],
  unsubscribe: ['unsubscribed'],
  resume: ['resumed'],
  contactAdd: ['contacts'],
  contactRemove: ['contacts'],
  block: ['contacts'],
  unblock: ['contacts'],
};

/** Every type of request, in the order of the tables. */
export const REQUEST_TYPES = Object.keys(requestPayloads) as RequestType[];

/** The frames that answer a request directly, with its `id`. Any request may be answered by an `error` instead. */
export const answersTo = (type: RequestType): readonly ServerFrameType[] =>
  ANSWERED_BY_OTHERS[type] ?? [type as ServerFrameType];

/** The frames that the server also sends to a connection that did not ask for them. */
export const UNASKED_FRAMES: readonly ServerFrameType[] = [
  'ready',
  'signOut',
  'channelLeave',
  'channelMessage',
  'subscribed',
  'inboxItem',
  'typing',
  'messageEdit',
  'messageDelete',
  'reaction',
  'sys',
  'error',
];
