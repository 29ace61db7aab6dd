import type { Compose } from './compose.js';

/** Something that a running stack must show. */
export interface Check {
  readonly title: string;
  /**
   * @returns what was found, for people.
   * @throws CannotRunError where something is missing here that it takes; any other error where it does not hold.
   */
  readonly run: (compose: Compose) => Promise<string>;
}

/** A check cannot be run on this machine. */
export class CannotRunError extends Error {}
