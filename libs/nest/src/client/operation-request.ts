import { isWrite, REST_ROOT, type RestOperationId, restOperation } from '@parley/protocol/rest';

/** An operation as HTTP has it. */
export interface OperationRequest {
  readonly method: string;
  /** From the root of the gateway's address, with its query. */
  readonly path: string;
  /** JSON; undefined for an operation without a body. */
  readonly body: string | undefined;
  /** Whether it changes something, and so takes an `Idempotency-Key`. */
  readonly isWrite: boolean;
  /** Whether it needs nobody to be signed in. */
  readonly isOpen: boolean;
}

const PARAMETER = /\{(\w+)\}/g;

/**
 * The request of an operation, made from the table that the server validates with.
 * @param given the fields of path, query and body in one object. A field that is undefined is left out.
 * @throws TypeError if a field of the path is missing.
 */
export function operationRequest(
  id: RestOperationId,
  given: Readonly<Record<string, unknown>>,
): OperationRequest {
  const operation = restOperation(id);
  const inPath = new Set<string>();
  const path = operation.path.replaceAll(PARAMETER, (_, name: string) => {
    const value = given[name];
    if (value === undefined || value === '') throw new TypeError(`${id}: expected ${name}`);
    inPath.add(name);
    return encodeURIComponent(String(value));
  });
  const names = Object.keys(given).filter((name) => given[name] !== undefined && !inPath.has(name));
  const inQuery = Object.keys(operation.query?.shape ?? {});
  const query = new URLSearchParams(
    names
      .filter((name) => inQuery.includes(name))
      .map((name): [string, string] => [name, String(given[name])]),
  );
  const rest = names.filter((name) => !inQuery.includes(name)).map((name) => [name, given[name]]);
  return {
    method: operation.method,
    path: `${REST_ROOT}${path}${query.size > 0 ? `?${query}` : ''}`,
    body: operation.body && JSON.stringify(Object.fromEntries(rest)),
    isWrite: isWrite(operation),
    isOpen: operation.isOpen === true,
  };
}
