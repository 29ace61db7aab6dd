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

/** Whether a URL is one of the API. */
export const isOfApi = (url: string): boolean => /^\/api(?:[/?]|$)/.test(url);
