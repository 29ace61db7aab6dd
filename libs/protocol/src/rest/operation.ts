import type { z } from 'zod';
import type { ErrorName } from '../error-codes.js';
import type { KeyScope } from '../key-scopes.js';

/** Where the API begins. */
export const REST_ROOT = '/api/v1';

/** What operations are about, as the document groups them. */
export type Resource =
  | 'users'
  | 'sessions'
  | 'messages'
  | 'channels'
  | 'members'
  | 'contacts'
  | 'keys'
  | 'operators';

/** One operation of the REST API: the code validates with its schemas, and the OpenAPI document is made from them. */
export interface RestOperation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below {@link REST_ROOT}, with its parameters in braces. */
  readonly path: `/${string}`;
  readonly resource: Resource;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What a caller should know besides, in Markdown. */
  readonly details?: string;
  /** Whether it needs neither an access key nor a token. */
  readonly isOpen?: true;
  /** What an operator's key must be allowed to do. Nobody else may do this. */
  readonly scope?: KeyScope;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject | z.ZodUnion<readonly z.ZodObject[]>;
  /** The status of success. 204 has no body. */
  readonly status: 200 | 201 | 204;
  readonly answer?: z.ZodType;
  /** Whether the answer has an `ETag`, and `If-None-Match` is heeded. */
  readonly hasETag?: true;
  /** What may go wrong besides {@link errorsOf every operation}. */
  readonly errors: readonly ErrorName[];
}

/** Whether an operation changes something, so that it takes an `Idempotency-Key`. */
export const isWrite = ({ method }: Pick<RestOperation, 'method'>): boolean => method !== 'GET';

const EVERYWHERE = ['INVALID_FIELD', 'RATE_LIMITED', 'OVERLOADED', 'UNAVAILABLE', 'INTERNAL'] as const;
/**
 * FORBIDDEN: a token of a user who is barred, or where nobody signs in with one; a key without the scope. USER_NOT_FOUND: one whom
 * `Parley-Act-As` names. STORAGE_FULL: what an operator's key does cannot be noted.
 */
const SIGNED_IN = [
  'NOT_SIGNED_IN',
  'SESSION_EXPIRED',
  'WRONG_TOKEN',
  'FORBIDDEN',
  'USER_NOT_FOUND',
  'STORAGE_FULL',
] as const;

/** The header that names the user as whom an operator's key does something. */
export const ACT_AS = 'Parley-Act-As';

/** Every error that an operation may be answered with. */
export function errorsOf(operation: RestOperation): ErrorName[] {
  const errors: ErrorName[] = [...operation.errors, ...EVERYWHERE];
  if (!operation.isOpen) errors.push(...SIGNED_IN);
  if (operation.body !== undefined) errors.push('BAD_JSON');
  if (isWrite(operation)) errors.push('STORAGE_FULL');
  return [...new Set(errors)];
}
