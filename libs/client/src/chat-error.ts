import type { ErrorName, ServerFrameOf } from '@parley/protocol';
import { ERRORS } from '@parley/protocol/constants';

/** Why a request failed: the server's error, or this client's own error for a lost connection. */
export class ChatError extends Error {
  constructor(
    /** The stable name. A newer server may send one that this client does not know. */
    override readonly name: ErrorName | (string & {}),
    message: string,
    /** Whether the same request may succeed later. */
    readonly retryable: boolean,
    /** How long to wait before a retry makes sense, in ms. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  /** Made from the frame with which the server refused a request. */
  static fromFrame({ error }: ServerFrameOf<'error'>): ChatError {
    return new ChatError(error.name, error.message, error.retryable, error.retryAfterMs);
  }

  /** An error of the protocol that the client itself raises. */
  static of(name: ErrorName, message: string = ERRORS[name].message): ChatError {
    return new ChatError(name, message, ERRORS[name].retryable);
  }
}
