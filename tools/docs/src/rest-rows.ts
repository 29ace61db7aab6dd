import { ERRORS, type ErrorName, KEY_SCOPES, SCOPE_MEANINGS } from '@parley/protocol';
import { ERROR_STATUS, isWrite, REST_OPERATION_IDS, restOperation } from '@parley/protocol/rest';
import { code, codes, type Row } from './table.js';

/** What answers with a secret, and heeds no `Idempotency-Key`. */
const SHOWN_ONCE: ReadonlySet<string> = new Set(['createSession', 'createKey', 'createBot']);

/** The operations of the REST API. */
export const operationRows = (): Row[] =>
  REST_OPERATION_IDS.map((id) => {
    const operation = restOperation(id);
    const { method, path, summary, scope, query, body, status, errors } = operation;
    const bodies = body === undefined ? [] : 'options' in body ? body.options : [body];
    const fields = Object.assign({}, query?.shape, ...bodies.map(({ shape }) => shape));
    return {
      id: code(id),
      operation: code(`${method} ${path}`),
      'what it does': summary,
      scope: scope === undefined ? '' : code(scope),
      asks: codes(Object.keys(fields)),
      status: String(status),
      key: isWrite(operation) && !SHOWN_ONCE.has(id) ? 'yes' : '',
      errors: codes(errors),
    };
  });

/** The scopes of operators' keys. */
export const scopeRows = (): Row[] =>
  KEY_SCOPES.map((scope) => ({ scope: code(scope), allows: SCOPE_MEANINGS[scope] }));

/** The HTTP status of each error. */
export const statusRows = (): Row[] =>
  (Object.keys(ERRORS) as ErrorName[]).map((name) => ({
    name: code(name),
    status: String(ERROR_STATUS[name]),
  }));
