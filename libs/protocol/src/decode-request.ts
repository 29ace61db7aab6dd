import type { z } from 'zod';
import { AppError } from './app-error.js';
import { isExact } from './exact-number.js';
import { MESSAGE_TOO_LONG } from './fields.js';
import { ID_EXPECTED, type Request, type RequestType, requestId, requestPayloads } from './requests.js';

type JsonObject = Record<string, unknown>;

/** The result of reading a request: its checked form, or the reason why it has none. */
export type Decoded =
  | { readonly raw: JsonObject; readonly request: Request; readonly error?: undefined }
  | { readonly raw: JsonObject | null; readonly request?: undefined; readonly error: AppError };

/**
 * Reads one frame from a client. Never throws, because an unreadable frame still gets an answer. `raw` is what that
 * answer may quote after {@link redact}.
 */
export function decodeRequest(text: string): Decoded {
  const raw = parseObject(text);
  if (raw === null) return { raw, error: new AppError('BAD_JSON') };
  if (hasInexactId(raw, text)) return { raw: withoutId(raw), error: invalidField('id', ID_EXPECTED) };
  try {
    return { raw, request: checkRequest(raw) };
  } catch (error) {
    if (error instanceof AppError) return { raw, error };
    throw error;
  }
}

/** The `raw` of {@link decodeRequest} alone: nothing is checked. */
export function readRaw(text: string): JsonObject | null {
  const raw = parseObject(text);
  return raw !== null && hasInexactId(raw, text) ? withoutId(raw) : raw;
}

/** The `id` of a request, for its answer, if it is valid. */
export function requestIdOf(raw: JsonObject | null): string | number | undefined {
  const given = raw?.['id'];
  // Most requests have none, and a failed check costs 5 µs.
  if (given === undefined) return undefined;
  const id = requestId.safeParse(given);
  return id.success ? id.data : undefined;
}

function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const hasInexactId = ({ id }: JsonObject, text: string): boolean =>
  typeof id === 'number' && !isExact(text, 'id', id);

/** No answer quotes an inexact id: it is not the number that the client sent. */
const withoutId = ({ id: _, ...rest }: JsonObject): JsonObject => rest;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function checkRequest(raw: JsonObject): Request {
  const type = raw['type'];
  if (typeof type !== 'string') throw invalidField('type', 'expected a string');
  if (raw['id'] !== undefined) checked(requestId, raw['id'], 'id');
  if (!Object.hasOwn(requestPayloads, type)) {
    throw new AppError('UNKNOWN_TYPE', {
      message: `The frame type ${JSON.stringify(type.slice(0, 64))} is unknown.`,
    });
  }
  const payload = checked(requestPayloads[type as RequestType], raw[type] ?? {}, type);
  return { type, id: raw['id'], ...credentialsOf(raw), [type]: payload } as Request;
}

/** The names under which clients of the demo send the session's key. Anything but a string counts as absent. */
function credentialsOf(raw: JsonObject): { userUUID?: string; accessKey?: string } {
  const accessKey = raw['userAccessKey'] ?? raw['accessKey'];
  const userUUID = raw['userUUID'];
  if (typeof accessKey !== 'string' || typeof userUUID !== 'string') return {};
  return { userUUID, accessKey };
}

/**
 * Reads a value by a schema.
 * @param path names the value in an error.
 * @throws AppError INVALID_FIELD that names the field, or MESSAGE_TOO_LONG.
 */
export function checked<T extends z.ZodType>(schema: T, value: unknown, path: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = issueOf(result.error.issues[0]!, value);
  if (issue.message === MESSAGE_TOO_LONG) {
    throw new AppError('MESSAGE_TOO_LONG', { message: `${path}.message: ${MESSAGE_TOO_LONG}` });
  }
  throw invalidField([path, ...issue.path].join('.'), expectation(issue));
}

/** What is wrong with a value that may have one of several forms: with the form whose field it has, or else with the last one. */
function issueOf(issue: z.core.$ZodIssue, value: unknown): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union' || issue.message.startsWith('expected')) return issue;
  const firsts = issue.errors.map((issues) => issues[0]!);
  const isGiven = ({ path: [field] }: z.core.$ZodIssue) =>
    isObject(value) && Object.hasOwn(value, field ?? '');
  return firsts.find(isGiven) ?? firsts.at(-1)!;
}

const expectation = (issue: z.core.$ZodIssue): string =>
  issue.message.startsWith('expected') ? issue.message : 'expected an object';

const invalidField = (field: string, expected: string): AppError =>
  new AppError('INVALID_FIELD', { message: `${field}: ${expected}` });
