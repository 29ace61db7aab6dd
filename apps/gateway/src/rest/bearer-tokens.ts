import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { AuthContract, Identity, TokenRef } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { LRUCache } from 'lru-cache';
import { Gathering } from '../pacing/gathering.js';
import { type BroughtToken, TokenSignIns } from '../users/token-sign-ins.js';

/** How long a gateway knows what auth has found in a token, in milliseconds. Then auth checks the token itself again. */
export const TOKEN_KNOWN_MS = 10_000;
/** Tokens that a gateway knows, about 500 bytes each. The one that was used longest ago is forgotten, and is checked again. */
export const TOKENS_KNOWN = 10_000;

/**
 * Knows users by the tokens that their requests bring. No session is opened. Auth checks the signature of a token once in
 * {@link TOKEN_KNOWN_MS}, however many requests bring it. For each request it is asked, about many in one, whether the token is still
 * taken: so one that has expired or was revoked opens nothing, and a banned user gets nowhere.
 */
@Injectable()
export class BearerTokens {
  /** By SHA-256 of the token: nothing is kept that would sign anybody in. A check that is under way is here, too. */
  private readonly known = new LRUCache<string, Promise<TokenRef>>({
    max: TOKENS_KNOWN,
    ttl: TOKEN_KNOWN_MS,
  });
  private readonly opening: Gathering<TokenRef, { readonly user: Identity | null }>;

  constructor(
    @Inject(clientOf('auth')) auth: ServiceClient<AuthContract>,
    private readonly tokens: TokenSignIns,
  ) {
    this.opening = openingOf(auth);
  }

  /**
   * The user of a token.
   * @throws AppError WRONG_TOKEN, FORBIDDEN, RATE_LIMITED, OVERLOADED, UNAVAILABLE.
   */
  async userOf(brought: BroughtToken): Promise<Identity> {
    const id = createHash('sha256').update(brought.token).digest('base64url');
    const user = (await this.opened(id, brought)) ?? (await this.opened(id, brought));
    if (user === null) throw new AppError('UNAVAILABLE');
    return user;
  }

  /** @returns null, once, where the token has to be checked again. */
  private async opened(id: string, brought: BroughtToken): Promise<Identity | null> {
    const known = this.known.get(id) ?? this.identify(id, brought);
    // Also after a check of this moment: it may have begun for an earlier request, before the token was revoked.
    const { user } = await this.opening.request(await known);
    if (user === null) this.forget(id, known);
    return user;
  }

  private identify(id: string, brought: BroughtToken): Promise<TokenRef> {
    const asked = this.tokens.identify(brought, () => `rest:${randomUUID()}`);
    this.known.set(id, asked);
    asked.catch(() => this.forget(id, asked));
    return asked;
  }

  private forget(id: string, known: Promise<TokenRef>): void {
    if (this.known.peek(id) === known) this.known.delete(id);
  }
}

const openingOf = (auth: ServiceClient<AuthContract>) =>
  new Gathering<TokenRef, { readonly user: Identity | null }>({
    deadlineMs: auth.deadlineMs,
    delays: true,
    ask: (tokens, deadlineMs, settle) =>
      auth.askEach(
        'auth.openTokens',
        { tokens },
        {
          ...{ deadlineMs, isRepeatable: true, count: tokens.length },
          take: (place, outcome) => settle(place, outcome),
        },
      ),
  });
