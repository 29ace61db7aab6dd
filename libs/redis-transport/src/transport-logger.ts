import { Logger } from '@nestjs/common';
import { errorText } from './error-record.js';

/**
 * Nest's logger, to which errors go only as text that quotes nothing. A logger that prints a whole error of ioredis prints
 * the arguments of the command as well, which are requests and replies.
 */
export class TransportLogger extends Logger {
  /** @param fault a text of the transport's own, or whatever was thrown. */
  override error(fault: unknown): void {
    super.error(typeof fault === 'string' ? fault : errorText(fault));
  }
}
