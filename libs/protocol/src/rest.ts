export * from './rest/openapi.js';
export * from './rest/operation.js';
export * from './rest/operations.js';
export * from './rest/paging.js';
export * from './rest/problem.js';
export { REST_SCHEMAS } from './rest/schemas.js';
