import { randomUUID } from 'node:crypto';
import { type KeySummary, newApiKey } from '@parley/contracts';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import type { Caller } from '../caller.js';
import { Created } from '../created.js';
import { Asked, By, Operation, RestController } from '../operation.decorator.js';
import { ByKey } from './by-key.js';
import { timeOf } from './shown-account.js';

const DAY_MS = 86_400_000;

/** Keys of operators and bots. A key is made here, where it is shown: auth gets a hash of its secret. */
@RestController()
export class KeysController {
  constructor(private readonly operators: ByKey) {}

  @Operation('createKey')
  async create(
    @Asked() { body: { name, scopes, userUUID, expiresInDays } }: RestAsked<'createKey'>,
    @By() by: Caller,
  ): Promise<Created<RestAnswer<'createKey'>>> {
    const { key, ...ref } = newApiKey();
    const rest = { ...ref, name, lifeMs: lifeMs(expiresInDays) };
    const request = userUUID === undefined ? { ...rest, scopes: scopes ?? [] } : { ...rest, userUUID };
    const made = await this.operators.write(by, 'createKey', request, newKey());
    by.notes(`/keys/${made.id}`);
    return new Created({ ...shown(made), key }, `/keys/${made.id}`);
  }

  @Operation('listKeys')
  async list(@By() by: Caller): Promise<RestAnswer<'listKeys'>> {
    const { keys } = await this.operators.read(by, 'listKeys', {});
    return { keys: keys.map(shown) };
  }

  @Operation('revokeKey')
  async revoke(
    @Asked() { params: { keyId } }: RestAsked<'revokeKey'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'revokeKey'>> {
    return this.operators.write(by, 'revokeKey', { id: keyId });
  }

  @Operation('createBot')
  async createBot(
    @Asked() { body: { username, expiresInDays } }: RestAsked<'createBot'>,
    @By() by: Caller,
  ): Promise<Created<RestAnswer<'createBot'>>> {
    const { key, ...ref } = newApiKey();
    const request = { ...ref, name: username, username, lifeMs: lifeMs(expiresInDays) };
    const made = await this.operators.write(by, 'createBot', request, newKey());
    by.notes(`/users/${made.user.UUID}`);
    const answer = { ...shown(made.key), username: made.user.Username, key };
    return new Created(answer, `/users/${made.user.UUID}`);
  }
}

/** No key is kept to be given twice. */
const newKey = (): string => `rest:${randomUUID()}`;

const lifeMs = (days: number | undefined): number | undefined =>
  days === undefined ? undefined : days * DAY_MS;

const shown = ({ createdAt, lastUsedAt, expiresAt, scopes, ...rest }: KeySummary) => ({
  ...rest,
  scopes: [...scopes],
  createdAt: timeOf(createdAt),
  ...(lastUsedAt !== undefined && { lastUsedAt: timeOf(lastUsedAt) }),
  ...(expiresAt !== undefined && { expiresAt: timeOf(expiresAt) }),
});
