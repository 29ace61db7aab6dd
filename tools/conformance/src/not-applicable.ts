/** Thrown by a check that cannot run in this set-up. Its message says why. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}
