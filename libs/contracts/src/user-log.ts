const START = 'user:';

/** The log of what has happened to a user. */
export const userLog = (userUUID: string): string => START + userUUID;

/** Whether a log is one of a user, and not of a channel. */
export const isUserLog = (log: string): boolean => log.startsWith(START);

/** Whose log it is. */
export const userOf = (log: string): string => log.slice(START.length);
