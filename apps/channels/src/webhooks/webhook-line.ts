/**
 * Which logs of a webhook: those of channels, those of users, or those of which an operator has events sent again. Each line has its
 * own notes, so that a replica of the version before, which knows channels alone, leaves the others.
 */
export interface WebhookLine {
  /** Of the webhook. */
  readonly name: string;
  readonly of: 'channels' | 'users' | 'again';
}
