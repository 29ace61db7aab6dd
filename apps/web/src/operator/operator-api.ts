import type { RestAnswer } from '@parley/protocol/rest';

export type Status = RestAnswer<'getStatus'>;
export type Replica = Status['replicas'][number];
export type Webhook = RestAnswer<'listWebhooks'>['webhooks'][number];
export type Account = RestAnswer<'getAccount'>;
export type Session = RestAnswer<'listSessionsOf'>['sessions'][number];
export type FoundUser = RestAnswer<'findAccounts'>['users'][number];

/** Why an operation was refused. */
export class OperatorError extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

/** What the page asks, with an operator's key. Every call throws an OperatorError where it is refused. */
export class OperatorApi {
  /** @param root where the API is, as this page sees it. */
  constructor(
    private readonly key: string,
    private readonly root = '../api/v1/admin',
  ) {}

  status(): Promise<Status> {
    return this.ask('GET', '/status');
  }

  async webhooks(): Promise<readonly Webhook[]> {
    return (await this.ask<RestAnswer<'listWebhooks'>>('GET', '/webhooks')).webhooks;
  }

  /** @returns how many events are sent again. */
  async replay(name: string): Promise<number> {
    return (await this.ask<RestAnswer<'replaySetAside'>>('POST', `/webhooks/${name}/replay`)).replayed;
  }

  async find(prefix: string): Promise<readonly FoundUser[]> {
    const query = new URLSearchParams({ prefix, limit: '20' });
    return (await this.ask<RestAnswer<'findAccounts'>>('GET', `/users?${query}`)).users;
  }

  account(userUUID: string): Promise<Account> {
    return this.ask('GET', `/users/${userUUID}`);
  }

  async sessions(userUUID: string): Promise<readonly Session[]> {
    return (await this.ask<RestAnswer<'listSessionsOf'>>('GET', `/users/${userUUID}/sessions`)).sessions;
  }

  endSessions(userUUID: string): Promise<unknown> {
    return this.ask('DELETE', `/users/${userUUID}/sessions`);
  }

  endSession(userUUID: string, sessionUUID: string): Promise<unknown> {
    return this.ask('DELETE', `/users/${userUUID}/sessions/${sessionUUID}`);
  }

  ban(userUUID: string): Promise<unknown> {
    return this.ask('PUT', `/users/${userUUID}/ban`);
  }

  unban(userUUID: string): Promise<unknown> {
    return this.ask('DELETE', `/users/${userUUID}/ban`);
  }

  announce(text: string): Promise<unknown> {
    return this.ask('POST', '/announcements', { text });
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(this.root + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new OperatorError('UNAVAILABLE', 'The server cannot be reached.');
    });
    if (!answer.ok) throw await errorIn(answer);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }
}

async function errorIn(answer: Response): Promise<OperatorError> {
  const problem = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const { detail, name } = problem;
  return new OperatorError(
    typeof name === 'string' ? name : 'INTERNAL',
    typeof detail === 'string' ? detail : `The server answered with ${answer.status}.`,
  );
}
