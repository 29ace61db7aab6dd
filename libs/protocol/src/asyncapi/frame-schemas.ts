import { z } from 'zod';
import { ERRORS, type ErrorName } from '../error-codes.js';
import { type JsonSchema, namedSchemas } from '../named-schemas.js';
import { type RequestType, requestId, requestPayloads } from '../requests.js';
import { REST_SCHEMAS } from '../rest/schemas.js';
import { frameSchema, type ServerFrameType, serverPayloads } from '../server-frames.js';
import { REQUEST_TYPES } from './answers.js';

/** Every type of frame from the server, in the order of the tables. */
export const FRAME_TYPES = Object.keys(serverPayloads) as ServerFrameType[];

const capital = (type: string): string => type.charAt(0).toUpperCase() + type.slice(1);

/** The name of a request's message and schema. */
export const requestName = (type: RequestType): string => `${capital(type)}Request`;

/** The name of the message and schema of a frame from the server. */
export const frameName = (type: ServerFrameType): string => `${capital(type)}Frame`;

/** A missing payload counts as an empty one, so that it may be missing where an empty one is valid. */
const payloadOf = (payload: z.ZodType): z.ZodType =>
  payload.safeParse({}).success ? payload.optional() : payload;

const text = z.string().optional();

/** What may stand beside the payload of any request. */
const besideRequest = {
  id: requestId.optional(),
  SUUID: text,
  sessionUUID: text,
  userUUID: text,
  userAccessKey: text,
  accessKey: text,
};

const requestSchema = (type: RequestType): z.ZodType =>
  z.object({ type: z.literal(type), ...besideRequest, [type]: payloadOf(requestPayloads[type]) });

/** Clients read errors that they do not know. The document names those that there are. */
const errorPayload = serverPayloads.error.extend({
  name: z.enum(Object.keys(ERRORS) as [ErrorName, ...ErrorName[]]),
});

const serverFrameSchema = (type: ServerFrameType): z.ZodType =>
  frameSchema(type, type === 'error' ? errorPayload : payloadOf(serverPayloads[type]));

const { User, Mention, ReactionCount, Reply, Message, Channel, Member, AuditEntry } = REST_SCHEMAS;

/** The JSON Schemas (draft 7) of every frame, and of what several of them hold, by name. */
export const frameSchemas = (): Record<string, JsonSchema> =>
  namedSchemas(
    {
      ...{ User, Mention, ReactionCount, Reply, Message, Channel, Member, AuditEntry },
      ...Object.fromEntries(REQUEST_TYPES.map((type) => [requestName(type), requestSchema(type)])),
      ...Object.fromEntries(FRAME_TYPES.map((type) => [frameName(type), serverFrameSchema(type)])),
    },
    'draft-07',
  );
