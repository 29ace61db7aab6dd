import { REST_OPERATIONS, type RestOperationId } from '@parley/protocol/rest';
import type { RestRequest } from './rest-request.js';

/** The operation that a request is for; undefined where there is none. */
export function operationOf({
  routeOptions,
}: Pick<RestRequest, 'routeOptions'>): RestOperationId | undefined {
  const { operation } = (routeOptions?.config ?? {}) as { operation?: unknown };
  return typeof operation === 'string' && Object.hasOwn(REST_OPERATIONS, operation)
    ? (operation as RestOperationId)
    : undefined;
}

/**
 * Whether a request is one of the API. Its route decides: the router decodes a URL and takes a whole one too, so that `/%61pi/…` and
 * `http://host/api/…` reach operations. The text of the URL counts only where there is no route.
 */
export const isOfApi = (request: Pick<RestRequest, 'url' | 'routeOptions'>): boolean =>
  /^\/api(?:[/?]|$)/.test(request.routeOptions?.url ?? request.url);
