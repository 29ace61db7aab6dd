import { REST_OPERATION_IDS, type RestGiven, type RestOperationId } from '@parley/protocol/rest';
import {
  type CallOptions,
  type OperationAnswer,
  OperationCaller,
  type ParleyClientOptions,
} from './operation-caller.js';

/** An operation without fields that have to be given may be called without any. */
type OperationArguments<Id extends RestOperationId> =
  Record<never, never> extends RestGiven<Id>
    ? [given?: RestGiven<Id>, options?: CallOptions]
    : [given: RestGiven<Id>, options?: CallOptions];

/** The operations of the REST API (docs/rest.md) as methods. Each throws as {@link OperationCaller.call}. */
export type ParleyOperations = {
  [Id in RestOperationId]: (...args: OperationArguments<Id>) => Promise<OperationAnswer<Id>>;
};

const WithOperations = OperationCaller as new (
  options: ParleyClientOptions,
) => OperationCaller & ParleyOperations;

/**
 * The REST API of Parley. Its methods come from the table that the server validates with, so they are those of the server of the same
 * version: `parley.postMessage({ channelUUID: 'general', message: 'hello' })`. Writes have an `Idempotency-Key`, and what may succeed
 * later is tried again.
 */
export class ParleyClient extends WithOperations {
  /**
   * A client that asks for a user. It needs a key with the scope `act`.
   * @param user the user's UUID, or `external:<issuer>:<sub>` for one of your identity provider.
   */
  asUser(user: string): ParleyClient {
    return new ParleyClient({ ...this.options, actAs: user });
  }
}

for (const id of REST_OPERATION_IDS) {
  Object.defineProperty(ParleyClient.prototype, id, {
    configurable: true,
    writable: true,
    value(this: ParleyClient, given: RestGiven<typeof id>, options?: CallOptions) {
      return this.call(id, given, options);
    },
  });
}
