import type { Compose } from './compose.js';

/** Something that a running stack must show. */
export interface Check {
  readonly title: string;
  /**
   * @returns what it found, for people.
   * @throws CannotRunError when this machine lacks something that it needs; any other error when it does not hold.
   */
  readonly run: (compose: Compose) => Promise<string>;
}

/** A check cannot be run on this machine. */
export class CannotRunError extends Error {}
