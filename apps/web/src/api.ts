import type { ChannelInfo, User } from '@parley/protocol';

/** Why the server refused an operation of REST. */
export class ApiError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    /** Whether the same request may succeed later. */
    readonly retryable: boolean,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/** A session that REST has opened. */
export interface OpenedSession {
  readonly userUUID: string;
  readonly accessKey: string;
}

interface Page {
  readonly users: readonly User[];
}

/** What the client asks over REST because the wire has no frame for it: search, one user, one group, and a sign-in that makes no account. */
export class Api {
  /** @param accessKey the key of the session at the moment. */
  constructor(private readonly accessKey: () => string | undefined) {}

  /** Unlike `signIn` on the wire, a name that nobody has is refused. @throws ApiError WRONG_PASSWORD, RATE_LIMITED. */
  signIn(username: string, password: string): Promise<OpenedSession> {
    return this.ask('POST', '/sessions', { username, password });
  }

  /** The users whose names begin with `prefix`. */
  async search(prefix: string, limit: number): Promise<readonly User[]> {
    const query = new URLSearchParams({ prefix, limit: String(limit) });
    return (await this.ask<Page>('GET', `/users?${query}`)).users;
  }

  user(userUUID: string): Promise<User> {
    return this.ask('GET', `/users/${userUUID}`);
  }

  /** @throws ApiError CHANNEL_NOT_FOUND. */
  group(channelUUID: string): Promise<ChannelInfo> {
    return this.ask('GET', `/channels/${channelUUID}`);
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const key = this.accessKey();
    const answer = await fetch(`api/v1${path}`, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { authorization: `Bearer ${key}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new ApiError('UNAVAILABLE', 'The server cannot be reached.', true);
    });
    if (!answer.ok) throw await errorIn(answer);
    return answer.json() as Promise<T>;
  }
}

async function errorIn(answer: Response): Promise<ApiError> {
  const problem = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const message =
    typeof problem['detail'] === 'string' ? problem['detail'] : `The server answered with ${answer.status}.`;
  return new ApiError(
    String(problem['name'] ?? 'INTERNAL'),
    message,
    problem['retryable'] === true || answer.status >= 500,
    typeof problem['retryAfterMs'] === 'number' ? problem['retryAfterMs'] : undefined,
  );
}
