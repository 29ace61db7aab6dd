import type { Identity } from '@parley/contracts';
import { AppError, usernameKey } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import { ALIKE_FORMS, alikeForms, kindOf } from '../names/alike-forms.js';
import source from './claim-username.lua.js';
import type { UsersKeys } from './keys.js';

const script = new Script(source);

/** Who a user is, and how many users had been removed when that was read: an older reading is not copied over a removal. */
export interface Claimed {
  readonly user: Identity;
  readonly removals: number;
}

/** When a user was made, in ms by Redis's clock: one who is new, now. `unknown` for one from before that was noted. */
export type Since = number | 'now' | 'unknown';

/** What is told of a new name. */
export interface Telling {
  readonly tells: 'account.created' | 'account.updated';
  /** See `UserEventKinds.keep`. */
  readonly keepTold: number;
}
const UNTOLD: Telling = { tells: 'account.created', keepTold: 0 };

/**
 * Claims `user.Username` for `user.UUID`. Returns who the user is from now on: a second claim changes nothing, and the
 * spelling of the first one stays.
 * @throws AppError USERNAME_TAKEN if another user has the name or one that looks like it, or the user has another name.
 */
export async function claimUsername(
  redis: RedisConnection,
  keys: UsersKeys,
  { UUID, Username }: Identity,
  since: Since = 'now',
  { tells, keepTold }: Telling = UNTOLD,
): Promise<Claimed> {
  const { index, names, order, alikes, indexed, copying, created, told } = keys.directory;
  const forms = alikeForms(Username);
  const claimed = (await script.run(
    redis,
    [index(), names(), order(), alikes(ALIKE_FORMS), indexed(), copying(), created(), told()],
    [
      ...[usernameKey(Username), UUID, Username, kindOf(Username), ALIKE_FORMS],
      ...[since === 'now' ? '' : since, tells, keepTold],
      ...forms,
    ],
  )) as [string, number] | null;
  if (claimed === null) throw new AppError('USERNAME_TAKEN');
  const [username, removals] = claimed;
  return { user: { UUID, Username: username }, removals };
}
