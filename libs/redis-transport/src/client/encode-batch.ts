import type { PendingRequest } from './pending-request.js';

/** Deadlines that are this close together (ms) are sent as one. */
const SAME_DEADLINE_MS = 2;

/**
 * Returns the body of a stream entry (`RequestBatch` in wire-format.ts), joined from the requests' own JSON. The remaining
 * time counts from now: a batch that is sent again carries what remains then.
 */
export function encodeBatch(replyTo: string, requests: readonly PendingRequest[]): string {
  const keys: [number, string][] = [];
  const packets: string[] = [];
  let isFirst = true;
  for (let at = 0; at < requests.length; at++) {
    const request = requests[at]!;
    if (request.mayBeHandled) isFirst = false;
    packets.push(request.json);
    const { idempotencyKey } = request.traits;
    if (idempotencyKey !== undefined) keys.push([at, idempotencyKey]);
  }
  const keyed = keys.length > 0 ? `"k":${JSON.stringify(keys)},` : '';
  const first = isFirst ? '"f":1,' : '';
  const head = `{"c":${JSON.stringify(replyTo)},"t":${timeLeft(requests)},${first}${keyed}"p":[`;
  // `join`, because V8 defers a concatenation, and ioredis measures the string's length, which is slow until it is one piece.
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
