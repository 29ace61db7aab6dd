import { AppError, checked } from '@parley/protocol';
import { type RestAsked, type RestOperationId, restOperation } from '@parley/protocol/rest';
import type { RestRequest } from './rest-request.js';

/**
 * Reads what a caller asks, by the schemas of the operation.
 * @throws AppError INVALID_FIELD that names the field, or MESSAGE_TOO_LONG.
 */
export function decodeAsked<Id extends RestOperationId>(
  id: Id,
  { params, query, body }: Pick<RestRequest, 'params' | 'query' | 'body'>,
): RestAsked<Id> {
  const operation = restOperation(id);
  const asked = {
    params: operation.params && checked(operation.params, params, 'path'),
    query: operation.query && checked(operation.query, query, 'query'),
    body: operation.body && checked(operation.body, objectIn(body), 'body'),
  };
  return asked as RestAsked<Id>;
}

function objectIn(body: unknown): object {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new AppError('BAD_JSON', { message: 'The body is not a JSON object.' });
}
