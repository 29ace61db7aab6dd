import { ERRORS, type ErrorName, type ServerFrameOf } from '@parley/protocol';

/** Why a request did not succeed: the server's error, or this client's own word for a connection that is gone. */
export class ChatError extends Error {
  constructor(
    /** The stable name; of a newer server perhaps one that this client does not know. */
    override readonly name: ErrorName | (string & {}),
    message: string,
    /** Whether the same request may succeed later. */
    readonly retryable: boolean,
    /** Milliseconds after which a retry makes sense. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  /** From the frame with which the server refused a request. */
  static fromFrame({ error }: ServerFrameOf<'error'>): ChatError {
    return new ChatError(error.name, error.message, error.retryable, error.retryAfterMs);
  }

  /** An error of the protocol that this client finds itself. */
  static of(name: ErrorName, message: string = ERRORS[name].message): ChatError {
    return new ChatError(name, message, ERRORS[name].retryable);
  }
}
