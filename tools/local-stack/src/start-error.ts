/** A start that cannot succeed for a reason that the user can mend: its message is the one line they get to see. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
