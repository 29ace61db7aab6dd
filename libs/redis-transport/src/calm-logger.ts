import type { LoggerService } from '@nestjs/common';

/**
 * The app's logger, except that it never throws. What is logged may be anything that somebody threw, with a getter or a custom
 * inspection that fails, and the logger is the app's own. Most errors are logged where nobody would catch another one.
 */
export class CalmLogger implements LoggerService {
  constructor(private readonly inner: LoggerService) {}

  log(message: unknown): void {
    this.attempt(() => this.inner.log(message));
  }

  warn(message: unknown): void {
    this.attempt(() => this.inner.warn(message));
  }

  error(message: unknown): void {
    this.attempt(() => this.inner.error(message));
  }

  private attempt(write: () => void): void {
    try {
      write();
    } catch {
      this.saySo();
    }
  }

  private saySo(): void {
    try {
      this.inner.error('An error could not be logged');
    } catch {
      // The logger itself is broken. There is nobody left to tell.
    }
  }
}
