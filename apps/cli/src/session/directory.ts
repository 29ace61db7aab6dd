import { setTimeout as delay } from 'node:timers/promises';
import { ChatError } from '@parley/client';
import { ERRORS, nickname, type User, usernameKey } from '@parley/protocol';
import { z } from 'zod';

const user = z.object({ UUID: z.string(), Username: z.string(), OnLine: z.boolean() });
const userPage = z.object({ users: z.array(user), cursor: z.string().optional() });
const newSession = z.object({ userUUID: z.string(), accessKey: z.string() });
const problem = z.object({
  name: z.string(),
  detail: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.number().optional(),
});

/** The pause before a request that could not be answered is sent again, in ms, if the server names none. */
const PAUSE_MS = 500;
/** Users in one page of a list. */
const PAGE = 1000;
/** An exact name is the first of those that begin with it, before those who are gone. */
const NEAREST = 10;

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether a text may be the id of a user or a channel. */
export const isUuid = (text: string): boolean => UUID.test(text);

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

/**
 * Users by their names, and sessions by password, over the server's REST API: on the WebSocket a list of users has no beginning to search
 * by, and a password with an unknown name makes an account.
 */
export class Directory {
  /**
   * @param url where the server begins.
   * @param accessKey of the session that asks.
   * @param signal ends what is asked.
   */
  constructor(
    private readonly url: string,
    private readonly accessKey: string | undefined,
    private readonly signal: AbortSignal,
  ) {}

  /** Opens a session of a user who exists. @throws ChatError WRONG_PASSWORD, RATE_LIMITED, UNAVAILABLE. */
  async signIn(username: string, password: string): Promise<{ userUUID: string; accessKey: string }> {
    const asked = { method: 'POST', path: '/sessions', body: { username, password } } as const;
    return newSession.parse(await this.once(asked));
  }

  /** A user by id, or `me`. @throws ChatError USER_NOT_FOUND, SESSION_EXPIRED, UNAVAILABLE. */
  async user(userUUID: string): Promise<User> {
    return user.parse(await this.read(`/users/${encodeURIComponent(userUUID)}`));
  }

  /** A user by name, in any letter case, or by id. @throws ChatError USER_NOT_FOUND. */
  async find(name: string): Promise<User> {
    if (isUuid(name)) return this.user(name);
    const key = usernameKey(nickname(name).name);
    const query = new URLSearchParams({ prefix: nickname(name).name || name, limit: String(NEAREST) });
    const { users } = userPage.parse(await this.read(`/users?${query}`));
    const found = users.find(({ Username }) => usernameKey(Username) === key);
    if (found === undefined)
      throw ChatError.of('USER_NOT_FOUND', `There is no user ${JSON.stringify(name)}.`);
    return found;
  }

  /** The users whose names begin with a prefix, or all users, by page. */
  async *pages(prefix: string | undefined): AsyncGenerator<readonly User[]> {
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({
        ...(prefix && { prefix }),
        ...(cursor && { cursor }),
        limit: String(PAGE),
      });
      const page = userPage.parse(await this.read(`/users?${query}`));
      yield page.users;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** Reading may be repeated: it is, until `signal` ends it. */
  private async read(path: string): Promise<unknown> {
    for (;;) {
      try {
        return await this.once({ method: 'GET', path });
      } catch (error) {
        if (!(error instanceof ChatError) || !error.retryable || this.signal.aborted) throw error;
        await delay(error.retryAfterMs ?? PAUSE_MS, undefined, { signal: this.signal });
      }
    }
  }

  private async once({ method, path, body }: Asked): Promise<unknown> {
    const { url, accessKey, signal } = this;
    const headers = {
      ...(accessKey && { authorization: `Bearer ${accessKey}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const sent = { method, headers, signal, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${url}/api/v1${path}`, sent).catch(() => {
      throw ChatError.of('UNAVAILABLE', `${url} cannot be reached.`);
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    throw refusalOf(answer, response.status, url);
  }
}

function refusalOf(answer: unknown, status: number, url: string): ChatError {
  const { success, data } = problem.safeParse(answer);
  if (success) return new ChatError(data.name, data.detail, data.retryable, data.retryAfterMs);
  // A proxy answers for a server that is gone; anything else there is no chat server.
  if (status >= 500) return ChatError.of('UNAVAILABLE');
  return new ChatError(
    'UNKNOWN_TYPE',
    `${url} answers with ${status}: ${ERRORS.UNKNOWN_TYPE.message}`,
    false,
  );
}
