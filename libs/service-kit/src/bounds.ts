import { KEPT_REPLY_CHARACTERS, REPLIES_KEPT_DEADLINES } from './service-kit.module.js';

/**
 * One bound of a buffer, a queue, a memory or a time. docs/operations.md lists all of them, so the texts are Markdown.
 * Nothing grows without one.
 */
export interface Bound {
  /** What is bounded. */
  readonly what: string;
  /** How much; a name in braces stands for the default of that setting, or of that option of the transport. */
  readonly bound: string;
  /** What happens when the bound is reached. */
  readonly atIt: string;
}

/** A size in bytes as the documents write it: 64 KiB. */
export function inBytes(bytes: number): string {
  const isLarge = bytes >= 1024 * 1024;
  return `${bytes / 1024 / (isLarge ? 1024 : 1)} ${isLarge ? 'MiB' : 'KiB'}`;
}

/** The bounds of what goes between services. */
export const serviceBounds: readonly Bound[] = [
  {
    what: 'A request between services',
    bound: '{REQUEST_DEADLINE_MS} ms',
    atIt: '`UNAVAILABLE`; it may have been done, and is safe to repeat with the same `clientUUID`',
  },
  {
    what: 'Requests that wait for one service; those that can wait (pages, joins, resumptions) beside all others',
    bound: '{REQUEST_QUEUE_LENGTH} of each, with {maxQueueBytes} bytes of JSON',
    atIt: '`OVERLOADED` with `retryAfterMs`, at once',
  },
  {
    what: 'Wait of a request in a queue that has stood for 2 s, but for what auth queues itself',
    bound: 'twice {REQUEST_QUEUE_AGE_MS} ms',
    atIt: '`OVERLOADED` with `retryAfterMs`; nothing was done',
  },
  {
    what: 'Requests and events of one process without an answer',
    bound:
      '{maxPending}, with {maxPendingBytes} characters of JSON; requests that can wait, three quarters of it',
    atIt: '`OVERLOADED` with `retryAfterMs`, at once',
  },
  {
    what: 'Requests in one stream entry',
    bound: '{batchMax}, and {batchBytes} characters',
    atIt: 'the rest goes into the next entry',
  },
  {
    what: 'Handlers that run in one process',
    bound: '{maxInFlight}, and a quarter as many beside them for requests that can wait',
    atIt: 'it reads no more until some have ended',
  },
  {
    what: 'Replicas that may die with a request in hand',
    bound: '{maxTries}',
    atIt: 'it is set aside and answered with `INTERNAL`',
  },
  {
    what: 'Replies kept for repeated requests',
    bound: `${REPLIES_KEPT_DEADLINES} times {REQUEST_DEADLINE_MS} ms, {maxStoredReplies} of each replica, with {maxStoredRepliesBytes} characters, each of ${KEPT_REPLY_CHARACTERS.toLocaleString('en-GB')}`,
    atIt: 'of larger and older replies only the fact is kept',
  },
  {
    what: 'Requests and events set aside, per service',
    bound: 'about {maxDead}, with {maxDeadBytes} bytes of payloads',
    atIt: 'the oldest are forgotten',
  },
  {
    what: 'Events between services',
    bound: 'about {maxEvents}, and {maxEventsBytes} bytes',
    atIt: 'the oldest are forgotten; a replica that missed some counts and logs it',
  },
];
