import { AppError, nickname, usernameKey } from '@parley/protocol';
import type { Credential, CredentialStore } from './credential-store.js';

/** The account that a username stands for. */
export interface AccountName {
  /** The username that the account has, or that a new account would have. Guesses are counted by it. */
  readonly username: string;
  readonly credential?: Credential | undefined;
  /** Why no new account may have this username. */
  readonly refusal?: AppError;
}

/**
 * Finds the account of a username. Accounts that are older than the Nickname profile may have any name, so the username is
 * looked up as it is first, and then as the profile maps it: "Ａｄａ" and " Ada" are "Ada". A username that the profile refuses is
 * taken if only what cannot be seen tells it from another one. The users service decides about all others that look alike.
 */
export async function accountNamed(
  credentials: Pick<CredentialStore, 'find'>,
  asked: string,
): Promise<AccountName> {
  const known = await credentials.find(asked);
  if (known) return { username: asked, credential: known };
  const { name, fault } = nickname(asked);
  const isAnother = name !== '' && usernameKey(name) !== usernameKey(asked);
  const credential = isAnother ? await credentials.find(name) : undefined;
  if (fault === undefined) return { username: name, credential };
  if (credential) return { username: asked, refusal: new AppError('USERNAME_TAKEN') };
  return { username: asked, refusal: new AppError('INVALID_FIELD', { message: `username: ${fault}` }) };
}
