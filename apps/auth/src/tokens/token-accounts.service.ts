import { Injectable } from '@nestjs/common';
import { aboutTokenDeletion, type TokenDeletionRequest } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { AccountRemoval } from '../accounts/account-removal.js';
import { BroughtTokens } from './brought-tokens.js';
import { ExternalUsers } from './external-users.js';
import { wrongToken } from './token-verifier.js';

/** How long ago a token may have been issued that deletes an account, in milliseconds: whoever finds an older one cannot. */
export const FRESH_MS = 600_000;

/** What the users of an identity provider may do to their own accounts. */
@Injectable()
export class TokenAccounts {
  constructor(
    private readonly tokens: BroughtTokens,
    private readonly users: ExternalUsers,
    private readonly removal: AccountRemoval,
  ) {}

  /**
   * Deletes an account, whose user a fresh token names.
   * @param requestKey names the request: the same each time it is handled, and different for every other request.
   * @throws AppError as {@link BroughtTokens.take}; WRONG_TOKEN also for another user's; FORBIDDEN for one that is not fresh.
   * @throws UnopenedError as {@link BroughtTokens.take}
   */
  async remove(request: TokenDeletionRequest, requestKey: string): Promise<void> {
    const about = aboutTokenDeletion(request, requestKey);
    const { token } = await this.tokens.take(request, about, requestKey);
    const { UUID, Username } = request.user;
    // Also where a replica has died over this request: the user's UUID stays when the account is deleted.
    const { stored } = await this.users.find(token);
    if (stored?.userUUID !== UUID) throw wrongToken('it is of another user');
    if (token.issuedAt === undefined || token.issuedAt < Date.now() - FRESH_MS)
      throw new AppError('FORBIDDEN', { message: NOT_FRESH });
    // A session knows the name that the user had when it began.
    await this.removal.remove({ UUID, Username: stored.username ?? Username }, requestKey);
  }
}

const NOT_FRESH = `Bring a token that was issued in the last ${FRESH_MS / 60_000} minutes.`;
