import { AppError } from '@parley/protocol';

/** Says why nothing is stored between two users. @param isOwn the one who is told blocks the other. */
export const blockedError = (isOwn: boolean): AppError =>
  new AppError('BLOCKED', isOwn ? { message: 'You have blocked this user. Unblock them to write.' } : {});
