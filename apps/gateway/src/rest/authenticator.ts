import { Inject, Injectable } from '@nestjs/common';
import { type AuthContract, type Identity, type SessionRef, sessionOf } from '@parley/contracts';
import { AppError, isApiKey } from '@parley/protocol';
import { REST_SCHEMAS } from '@parley/protocol/rest';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import type { Gathering } from '../pacing/gathering.js';
import { type OpenedSession, openingOf } from '../users/opening.js';
import { BearerTokens } from './bearer-tokens.js';
import { ApiKeys, type UseOfKey } from './operators/api-keys.js';
import type { Asker } from './rest-request.js';

/** Injection token of the {@link Authenticator}. */
export const AUTHENTICATOR = Symbol('authenticator');

/** Finds out who asks by the credentials of a request. */
export interface Authenticator {
  /**
   * Reads the `Authorization` header.
   * @param address the client's, for throttling.
   * @param use what the request is, for who brings a key.
   * @throws AppError NOT_SIGNED_IN without credentials, SESSION_EXPIRED for those that are not valid; for a token or a key WRONG_TOKEN,
   *   FORBIDDEN where it may not be used; USER_NOT_FOUND for an unknown user whom a key is to act for.
   */
  authenticate(authorization: string | undefined, address: string, use: UseOfKey): Promise<Asker>;
}

/** As RFC 6750 has it. */
const BEARER = /^bearer ([\w.~+/-]+=*)$/i;

/** What follows `Bearer`; empty for a header of another form. */
export const bearerIn = (authorization: string): string => BEARER.exec(authorization)?.[1] ?? '';

/** An access key is shorter; more of a header is not looked at. It has no dots, and a JSON Web Token always has. */
const ACCESS_KEY = /^[\w-]{1,128}$/;

/**
 * Knows users by the access keys of their sessions, by tokens of the team's own identity provider and by keys. Auth is asked for each request,
 * about many in one, so that a session that has ended or a token that was revoked opens nothing any more. Nobody comes online by this.
 */
@Injectable()
export class Bearers implements Authenticator {
  private readonly opening: Gathering<SessionRef, OpenedSession>;

  constructor(
    @Inject(clientOf('auth')) auth: ServiceClient<AuthContract>,
    private readonly tokens: BearerTokens,
    private readonly keys: ApiKeys,
  ) {
    this.opening = openingOf(auth);
  }

  async authenticate(authorization: string | undefined, address: string, use: UseOfKey): Promise<Asker> {
    if (authorization === undefined) throw new AppError('NOT_SIGNED_IN');
    const bearer = bearerIn(authorization);
    if (isApiKey(bearer)) return this.keys.open(bearer, use);
    const asker = await this.askerWith(bearer, address);
    if (use.actAs !== undefined) throw new AppError('FORBIDDEN', { message: 'Only a key acts for others.' });
    return asker;
  }

  private async askerWith(bearer: string, address: string): Promise<Asker> {
    if (bearer.includes('.')) return { user: await this.userOf(bearer, address) };
    const ref = ACCESS_KEY.test(bearer) ? sessionOf(bearer) : undefined;
    const user = ref && (await this.opening.request(ref)).user;
    if (!ref || !user) throw new AppError('SESSION_EXPIRED');
    return { user, sessionId: ref.sessionId };
  }

  private userOf(token: string, address: string): Promise<Identity> {
    if (!REST_SCHEMAS.OwnToken.safeParse({ token }).success) throw new AppError('WRONG_TOKEN');
    return this.tokens.userOf({ token, address });
  }
}
