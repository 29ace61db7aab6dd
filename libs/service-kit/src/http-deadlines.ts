/** How long the head of a request may take, in milliseconds, from the moment when the connection is open. */
export const HEAD_MS = 10_000;
/** How long a whole request may take, in milliseconds. A WebSocket is no request any more once it is accepted. */
export const REQUEST_MS = 15_000;
/** How often Node looks for requests that are late, in milliseconds: its default of 30 s would make the deadlines mean little. */
const CHECK_MS = 1_000;

/**
 * Deadlines for the HTTP of every service, as options of Fastify, which sets none for a request by default. A client that is late
 * gets 408, and its connection is closed.
 */
export const httpDeadlines = {
  requestTimeout: REQUEST_MS,
  http: { headersTimeout: HEAD_MS, connectionsCheckingInterval: CHECK_MS },
};
