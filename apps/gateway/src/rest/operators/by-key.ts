import { Inject, Injectable } from '@nestjs/common';
import type { AuthContract, KeyOperations } from '@parley/contracts';
import { clientOf, ServiceClient } from '@parley/service-kit';
import type { Caller } from '../caller.js';
import { writeOnce } from '../write-once.js';

/** Has auth do what an operator's key asks for. Auth looks itself whether the key may. */
@Injectable()
export class ByKey {
  constructor(@Inject(clientOf('auth')) private readonly auth: ServiceClient<AuthContract>) {}

  /** Asks for what only reads. @throws AppError what auth answers. */
  async read<O extends keyof KeyOperations>(
    by: Caller,
    operation: O,
    request: KeyOperations[O]['request'],
  ): Promise<KeyOperations[O]['reply']> {
    const reply = await this.auth.ask('auth.byKey', { key: refOf(by), operation, request });
    return reply as KeyOperations[O]['reply'];
  }

  /**
   * Asks for a write, which is done once.
   * @param requestKey names it; by default, with the request's `Idempotency-Key`.
   * @throws AppError as {@link read}
   */
  async write<O extends keyof KeyOperations>(
    by: Caller,
    operation: O,
    request: KeyOperations[O]['request'],
    requestKey = by.requestKey(),
  ): Promise<KeyOperations[O]['reply']> {
    const asked = { key: refOf(by), operation, request };
    return (await writeOnce(this.auth, 'auth.byKey', asked, requestKey)) as KeyOperations[O]['reply'];
  }
}

const refOf = ({ key: { id, proof } }: Caller) => ({ id, proof });
