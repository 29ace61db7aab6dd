import type { RequestFrame } from '../wire/wire.js';
import type { TokenKeeper } from './token-keeper.js';

/** Who is signed in, and the key that signs them in again. */
export interface Session {
  readonly userUUID: string;
  readonly accessKey: string;
  /** When it ends unless its token is refreshed, if a token began it. */
  readonly expiresAt?: string | undefined;
}

/** A request that signs in, or what makes it. */
export type SignIn = RequestFrame | (() => Promise<RequestFrame>);

/** Signs in with a token that the application supplies. */
export const signInBy = async (tokens: TokenKeeper): Promise<RequestFrame> => ({
  type: 'signIn',
  signIn: { token: await tokens.next() },
});
