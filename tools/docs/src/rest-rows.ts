import { ERRORS, type ErrorName } from '@parley/protocol';
import { ERROR_STATUS, isWrite, REST_OPERATION_IDS, restOperation } from '@parley/protocol/rest';
import { code, codes, type Row } from './table.js';

/** The operations of the REST API. */
export const operationRows = (): Row[] =>
  REST_OPERATION_IDS.map((id) => {
    const operation = restOperation(id);
    const { method, path, summary, query, body, status, errors } = operation;
    const bodies = body === undefined ? [] : 'options' in body ? body.options : [body];
    const fields = Object.assign({}, query?.shape, ...bodies.map(({ shape }) => shape));
    return {
      id: code(id),
      operation: code(`${method} ${path}`),
      'what it does': summary,
      asks: codes(Object.keys(fields)),
      status: String(status),
      key: isWrite(operation) && id !== 'createSession' ? 'yes' : '',
      errors: codes(errors),
    };
  });

/** The HTTP status of each error. */
export const statusRows = (): Row[] =>
  (Object.keys(ERRORS) as ErrorName[]).map((name) => ({
    name: code(name),
    status: String(ERROR_STATUS[name]),
  }));
