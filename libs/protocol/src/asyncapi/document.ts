import { CLOSE_CODES } from '../close-codes.js';
import { ERRORS, type ErrorName } from '../error-codes.js';
import { CLOSE_MEANINGS, ERROR_MEANINGS, FRAME_MEANINGS, REQUEST_MEANINGS } from '../meanings.js';
import { type JsonSchema, SCHEMAS } from '../named-schemas.js';
import { OPEN_REQUESTS, type RequestType } from '../requests.js';
import type { ServerFrameType } from '../server-frames.js';
import { answersTo, REQUEST_TYPES, UNASKED_FRAMES } from './answers.js';
import { FRAME_EXAMPLES } from './frame-examples.js';
import { FRAME_TYPES, frameName, frameSchemas, requestName } from './frame-schemas.js';
import { REQUEST_EXAMPLES } from './request-examples.js';

const CHANNEL = '#/channels/ws';

const reference = ($ref: string): JsonSchema => ({ $ref });
const ofChannel = (name: string): JsonSchema => reference(`${CHANNEL}/messages/${name}`);

/** Markdown without its links, which lead to other pages of the project's documents. */
const unlinked = (markdown: string): string => markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1');

function messageObject(name: string, type: string, summary: string, payloads: readonly object[]): JsonSchema {
  return {
    name: type,
    title: type,
    summary: unlinked(summary),
    contentType: 'application/json',
    correlationId: reference('#/components/correlationIds/id'),
    payload: reference(SCHEMAS + name),
    examples: payloads.map((payload) => ({ payload: { type, [type]: payload } })),
  };
}

function requestMessage(type: RequestType): JsonSchema {
  const { answer } = REQUEST_MEANINGS[type];
  return messageObject(requestName(type), type, `Answered by: ${answer}.`, REQUEST_EXAMPLES[type]);
}

/** Errors by their names, as a list of frames does not tell them apart. */
const errors = (): JsonSchema =>
  Object.fromEntries(
    Object.entries(ERRORS).map(([name, { code, retryable }]) => [
      name,
      { code, retryable, meaning: unlinked(ERROR_MEANINGS[name as ErrorName]) },
    ]),
  );

function frameMessage(type: ServerFrameType): JsonSchema {
  const message = messageObject(
    frameName(type),
    type,
    `Sent when: ${FRAME_MEANINGS[type]}.`,
    FRAME_EXAMPLES[type],
  );
  return type === 'error' ? { ...message, 'x-errors': errors() } : message;
}

const messages = (): Record<string, JsonSchema> => ({
  ...Object.fromEntries(REQUEST_TYPES.map((type) => [requestName(type), requestMessage(type)])),
  ...Object.fromEntries(FRAME_TYPES.map((type) => [frameName(type), frameMessage(type)])),
});

/** A request that the server receives, and its direct answers on the same connection, which carry its `id`. */
function receiveOperation(type: RequestType): JsonSchema {
  const { answer, others } = REQUEST_MEANINGS[type];
  const replies = [...answersTo(type), 'error' as const];
  const security = Object.keys(SECURITY).map((name) => reference(`#/components/securitySchemes/${name}`));
  return {
    action: 'receive',
    channel: reference(CHANNEL),
    title: type,
    summary: `A client sends \`${type}\`.`,
    description: `Answer: ${unlinked(answer)}.${others === '' ? '' : `\n\nTo others: ${unlinked(others)}.`}`,
    ...(!OPEN_REQUESTS.has(type) && { security }),
    messages: [ofChannel(requestName(type))],
    reply: {
      channel: reference(CHANNEL),
      messages: replies.map((reply) => ofChannel(frameName(reply))),
    },
  };
}

const sendOperation = (type: ServerFrameType): JsonSchema => ({
  action: 'send',
  channel: reference(CHANNEL),
  title: type,
  summary: `The server sends \`${type}\` unasked.`,
  description: `${unlinked(FRAME_MEANINGS[type])}.`,
  messages: [ofChannel(frameName(type))],
});

const operations = (): Record<string, JsonSchema> => ({
  ...Object.fromEntries(REQUEST_TYPES.map((type) => [`receive${requestName(type)}`, receiveOperation(type)])),
  ...Object.fromEntries(UNASKED_FRAMES.map((type) => [`send${frameName(type)}`, sendOperation(type)])),
});

/** Why the server closes the connection, by code. */
const closeCodes = (): JsonSchema =>
  Object.fromEntries(
    Object.entries(CLOSE_CODES).map(([name, code]) => [
      code,
      { name, meaning: CLOSE_MEANINGS[name as keyof typeof CLOSE_CODES] },
    ]),
  );

const SECURITY = {
  password: {
    type: 'userPassword',
    description: 'The frame `signIn` (or `signUp`, for a new account) with `username` and `password`.',
  },
  accessKey: {
    type: 'apiKey',
    in: 'user',
    description:
      'The `accessKey` of an earlier `authorized`: in the frame `resume`, or with `userUUID` beside the payload of any request.',
  },
  botKey: {
    type: 'apiKey',
    in: 'user',
    description: 'The frame `signIn` with the key of a bot as its `token`.',
  },
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      "The frame `signIn` with a `token` of the team's own identity provider, renewed by `refresh`. It never stands in a header or in the URL.",
  },
};

const DESCRIPTION =
  'The frames of the WebSocket, as the server sees them: it receives requests and sends frames. Each is a JSON object `{"type": T, T: {…}}` ' +
  'in a text frame of its own; unknown fields are ignored. A connection signs in by a frame, and then needs no further proof. A request may ' +
  'have an `id`, which its direct answers carry and broadcasts never do. Any request may be answered by `error`. Requests of one connection ' +
  'are answered in order.';

const CHANNEL_DESCRIPTION =
  'One connection of a client. The server sends `ready` when it is open, and a ping every 25 s. After close codes 4000 to 4499 a client ' +
  'reconnects and sends `resume`; after 4500 to 4999 it does not.';

function server(protocol: 'ws' | 'wss', description: string): JsonSchema {
  return {
    host: '{host}',
    protocol,
    description,
    variables: {
      host: { default: 'localhost:3000', description: 'The host that this document comes from.' },
    },
    security: [],
  };
}

/** The AsyncAPI document of the WebSocket, made from the schemas that the gateway reads frames with. */
export function asyncApiDocument(version: string): JsonSchema {
  const made = messages();
  const names = Object.keys(made);
  return {
    asyncapi: '3.0.0',
    info: { title: 'Parley', version, description: DESCRIPTION, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: { plain: server('ws', 'Without TLS.'), tls: server('wss', 'Behind a proxy that ends TLS.') },
    channels: {
      ws: {
        address: '/ws',
        title: 'WebSocket',
        description: CHANNEL_DESCRIPTION,
        messages: Object.fromEntries(names.map((name) => [name, reference(`#/components/messages/${name}`)])),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
        'x-close-codes': closeCodes(),
      },
    },
    operations: operations(),
    components: {
      messages: made,
      schemas: frameSchemas(),
      securitySchemes: SECURITY,
      correlationIds: {
        id: { location: '$message.payload#/id', description: "A client's own mark for a request." },
      },
    },
  };
}
