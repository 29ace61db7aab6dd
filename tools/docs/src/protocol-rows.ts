import {
  CLOSE_CODES,
  CLOSE_MEANINGS,
  ERROR_MEANINGS,
  ERRORS,
  type ErrorName,
  FRAME_MEANINGS,
  OPERATIONS,
  REQUEST_MEANINGS,
  type RequestType,
  ROLES,
  requestPayloads,
  rightOf,
  type ServerFrameType,
  serverPayloads,
} from '@parley/protocol';
import { z } from 'zod';
import { code, codes, type Row } from './table.js';

const keysOf = <T extends object>(table: T) => Object.keys(table) as (keyof T & string)[];

/** The frames that a client may send: their fields, the answer and what others are told. */
export const requestRows = (): Row[] =>
  keysOf(requestPayloads).map((type: RequestType) => ({
    type: code(type),
    payload: codes(fieldsOf(requestPayloads[type])),
    answer: REQUEST_MEANINGS[type].answer,
    'to others': REQUEST_MEANINGS[type].others,
  }));

/** The frames that the server may send: their fields and when they are sent. */
export const frameRows = (): Row[] =>
  keysOf(serverPayloads).map((type: ServerFrameType) => ({
    type: code(type),
    payload: type === 'sys' ? sysPayload() : codes(fieldsOf(serverPayloads[type])),
    when: FRAME_MEANINGS[type],
  }));

export const errorRows = (): Row[] =>
  keysOf(ERRORS).map((name: ErrorName) => ({
    name: code(name),
    code: String(ERRORS[name].code),
    retryable: yesOrNo(ERRORS[name].retryable),
    meaning: ERROR_MEANINGS[name],
  }));

export const closeCodeRows = (): Row[] =>
  keysOf(CLOSE_CODES).map((name) => ({
    name: code(name),
    code: String(CLOSE_CODES[name]),
    meaning: CLOSE_MEANINGS[name],
  }));

/** Who may do what in a channel. */
export const rightRows = (): Row[] =>
  OPERATIONS.map((operation) => {
    const { requests, roles, whileMuted, whileArchived } = rightOf(operation);
    return {
      request: requests,
      ...Object.fromEntries(ROLES.map((role) => [role, yesOrNo(roles.includes(role))])),
      'while muted': yesOrNo(whileMuted),
      'while archived': yesOrNo(whileArchived),
    };
  });

const yesOrNo = (is: boolean): string => (is ? 'yes' : 'no');

/** The fields of a payload, with a `?` after an optional one. */
function fieldsOf(schema: z.ZodType): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`));
}

/** The payload of `sys` is itself one of several frames. */
function sysPayload(): string {
  const kinds = serverPayloads.sys.options.map((option) => option.shape.type.value);
  const last = kinds.pop()!;
  return `${codes(kinds)} or ${code(last)} with its \`type\``;
}
