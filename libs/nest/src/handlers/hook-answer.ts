/** It may be done, as it was asked. */
export interface Allow {
  readonly action: 'allow';
}

/** It is not done; the user is told why. */
export interface Refuse {
  readonly action: 'refuse';
  readonly reason?: string | undefined;
}

/** The message is stored with another text. */
export interface Rewrite {
  readonly action: 'rewrite';
  readonly message: string;
}

/** An answer to `authorise`. */
export type AuthoriseAnswer = Allow | Refuse;
/** An answer to `beforeSend`. */
export type HookAnswer = Allow | Refuse | Rewrite;

/** The most characters of a reason that Parley takes. */
const REASON_CHARACTERS = 200;

/** Allows what is asked. So does a handler that returns nothing. */
export const allow = (): Allow => ({ action: 'allow' });

/** Refuses what is asked. @param reason shown to the user: one line, of which 200 characters are kept. */
export function refuse(reason?: string): Refuse {
  if (reason === undefined || reason === '') return { action: 'refuse' };
  const characters = Array.from(reason.replaceAll(/[\p{Cc}\p{Surrogate}]+/gu, ' '));
  return { action: 'refuse', reason: characters.slice(0, REASON_CHARACTERS).join('') };
}

/** Puts another text in the place of a message's. @param message 1 to 4,000 characters. */
export const rewrite = (message: string): Rewrite => ({ action: 'rewrite', message });
