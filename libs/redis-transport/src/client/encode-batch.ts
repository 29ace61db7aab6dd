import type { PendingRequest } from './pending-request.js';

/** Deadlines this close together (ms) travel as one. */
const SAME_DEADLINE_MS = 2;

/**
 * The body of a stream entry (`RequestBatch` in wire-format.ts), put together from the requests' own JSON. Time left is counted
 * from now: a batch that is sent again after a break carries what is left then.
 */
export function encodeBatch(replyTo: string, requests: readonly PendingRequest[]): string {
  const keys: [number, string][] = [];
  const packets: string[] = [];
  for (let at = 0; at < requests.length; at++) {
    const request = requests[at]!;
    packets.push(request.json);
    if (request.idempotencyKey !== undefined) keys.push([at, request.idempotencyKey]);
  }
  const keyed = keys.length > 0 ? `"k":${JSON.stringify(keys)},` : '';
  const head = `{"c":${JSON.stringify(replyTo)},"t":${timeLeft(requests)},${keyed}"p":[`;
  // Joined: V8 would put a concatenation off, and ioredis measures the text's length, which is slow before it is one piece.
  return [head, packets.join(','), ']}'].join('');
}

function timeLeft(requests: readonly PendingRequest[]): string {
  const now = performance.now();
  let earliest = Number.POSITIVE_INFINITY;
  let latest = 0;
  for (const { deadlineAt } of requests) {
    if (deadlineAt < earliest) earliest = deadlineAt;
    if (deadlineAt > latest) latest = deadlineAt;
  }
  if (latest - earliest <= SAME_DEADLINE_MS) return String(Math.ceil(latest - now));
  return `[${requests.map((request) => Math.ceil(request.deadlineAt - now)).join(',')}]`;
}
