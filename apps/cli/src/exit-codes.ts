import { ChatError } from '@parley/client';

/** The codes that a command ends with. Scripts rely on them: a code keeps its meaning. */
export const EXIT = { done: 0, error: 1, usage: 2, notSignedIn: 3, refused: 4, unavailable: 5 } as const;

/** What each code says, for the usage text and the README. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  error: 'something else went wrong, or the reader of the output has gone',
  usage: 'the command line is wrong',
  notSignedIn: 'nobody is signed in, or the session has ended',
  refused: 'the server refuses it, and would refuse it again',
  unavailable: 'the server cannot be reached, or cannot do it right now',
};

/** What the command line asks for wrongly. */
export class UsageError extends Error {}

/** Nobody is signed in at this server. */
export class NotSignedInError extends Error {}

/** Errors that say that there is no session, or none any more. `CLOSED` is the client's own: the server ended the connection for good. */
const NO_SESSION: ReadonlySet<string> = new Set(['NOT_SIGNED_IN', 'SESSION_EXPIRED', 'CLOSED']);

/** The exit code for what a command failed with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof NotSignedInError) return EXIT.notSignedIn;
  if (!(error instanceof ChatError)) return EXIT.error;
  if (NO_SESSION.has(error.name)) return EXIT.notSignedIn;
  if (error.retryable) return EXIT.unavailable;
  return error.name === 'INTERNAL' ? EXIT.error : EXIT.refused;
}
