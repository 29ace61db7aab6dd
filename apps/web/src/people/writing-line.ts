import type { TypingUser } from '@parley/react';

/** A line about those who write: none if nobody does. */
export function writingLine(users: readonly TypingUser[]): string {
  const [first, second] = users.map(({ username }) => username);
  if (first === undefined) return '';
  if (second === undefined) return `${first} is writing…`;
  return users.length === 2 ? `${first} and ${second} are writing…` : 'Several people are writing…';
}
