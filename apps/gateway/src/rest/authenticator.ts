import { Inject, Injectable } from '@nestjs/common';
import { type AuthContract, type SessionRef, sessionOf } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import type { Gathering } from '../pacing/gathering.js';
import type { Session } from '../socket/connection.js';
import { type OpenedSession, openingOf } from '../users/opening.js';

/** Injection token of the {@link Authenticator}. */
export const AUTHENTICATOR = Symbol('authenticator');

/** Finds out who asks by the credentials of a request. */
export interface Authenticator {
  /**
   * Reads the `Authorization` header.
   * @throws AppError NOT_SIGNED_IN without credentials of a known kind, SESSION_EXPIRED for those that are not valid.
   */
  authenticate(authorization: string | undefined): Promise<Session>;
}

/** An access key is shorter; more of a header is not looked at. */
const BEARER = /^bearer ([\w-]{1,128})$/i;

/**
 * Knows users by the access keys of their sessions. Auth is asked for each request, many in one, so that a session that has ended opens
 * nothing any more. Nobody comes online by this.
 */
@Injectable()
export class AccessKeys implements Authenticator {
  private readonly opening: Gathering<SessionRef, OpenedSession>;

  constructor(@Inject(clientOf('auth')) auth: ServiceClient<AuthContract>) {
    this.opening = openingOf(auth);
  }

  async authenticate(authorization: string | undefined): Promise<Session> {
    if (authorization === undefined) throw new AppError('NOT_SIGNED_IN');
    const accessKey = BEARER.exec(authorization)?.[1];
    const ref = accessKey === undefined ? undefined : sessionOf(accessKey);
    const user = ref && (await this.opening.request(ref)).user;
    if (!ref || !user) throw new AppError('SESSION_EXPIRED');
    return { ...ref, user };
  }
}
