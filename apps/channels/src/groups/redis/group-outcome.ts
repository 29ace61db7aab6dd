import { AppError } from '@parley/protocol';
import { tooLate } from '../../redis/delivery.js';

/** FORBIDDEN to one who is no member of a public group, but may become one. */
export class NotAMember extends AppError {
  constructor() {
    super('FORBIDDEN', { message: 'Only members of the group may do this.' });
  }
}

const REFUSALS: Readonly<Record<string, () => AppError>> = {
  NOT_FOUND: () => new AppError('CHANNEL_NOT_FOUND'),
  OUTSIDER: () => new NotAMember(),
  FORBIDDEN: () => new AppError('FORBIDDEN', { message: 'Your role in the group does not allow this.' }),
  BANNED: () => new AppError('FORBIDDEN', { message: 'The user is banned from the group.' }),
  ARCHIVED: () => new AppError('FORBIDDEN', { message: 'The group is archived.' }),
  ABSENT: () => new AppError('USER_NOT_FOUND', { message: 'The user is no member of the group.' }),
  FULL: () => new AppError('LIMIT_REACHED'),
  TAKEN: () => new AppError('FORBIDDEN'),
  LATE: tooLate,
};

/** The error of a script that has refused something in a group, or Redis's own. Undefined for any other outcome. */
export function groupRefusal(outcome: unknown): Error | undefined {
  if (typeof outcome !== 'string') return undefined;
  if (outcome.startsWith('REFUSED ')) return new Error(outcome.slice('REFUSED '.length));
  if (outcome.startsWith('MUTED ')) return muted(Number(outcome.slice('MUTED '.length)));
  return Object.hasOwn(REFUSALS, outcome) ? REFUSALS[outcome]!() : undefined;
}

/** @throws the error of an outcome that is a refusal, apart from those that are none here. */
export function throwRefusal(outcome: unknown, ...allowed: readonly string[]): void {
  if (typeof outcome === 'string' && allowed.includes(outcome)) return;
  const refusal = groupRefusal(outcome);
  if (refusal !== undefined) throw refusal;
}

/** What a change has put into the log. */
export interface Logged {
  /** The Seq of its first entry; 0 where nothing has changed. */
  readonly seq: number;
  /** The same; where nothing has changed, that of the newest entry, which another replica may have made for the same request. */
  readonly from: number;
}

/** What an outcome says that is a word and a Seq. */
export function loggedIn(outcome: unknown): Logged {
  const [word, seq = '0'] = String(outcome).split(' ');
  const from = Number(seq);
  return { seq: word === 'SAME' || word === 'ABSENT' ? 0 : from, from };
}

const muted = (until: number): AppError =>
  new AppError('FORBIDDEN', { message: `You may not write here until ${new Date(until).toISOString()}.` });
