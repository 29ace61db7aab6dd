/** A start that fails for a reason that the user can fix. Its message is the one line that the user sees. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
