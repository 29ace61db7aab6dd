import {
  type CanActivate,
  ConflictException,
  type ExecutionContext,
  Inject,
  Injectable,
} from '@nestjs/common';
import { DELIVERY_STORE, type DeliveryStore } from './delivery-store.js';
import type { HttpRequest } from './http-request.js';
import { SignatureGuard } from './signature.guard.js';
import { SignatureVerifier } from './signature-verifier.js';

/**
 * Lets in each request that Parley has signed, once. Parley signs each attempt with its time, so an event that it sends again, because
 * the answer was lost or none of success, is let in; a copy of a request is not.
 */
@Injectable()
export class WebhookGuard implements CanActivate {
  private readonly signatures: SignatureGuard;

  constructor(
    private readonly verifier: SignatureVerifier,
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
  ) {
    this.signatures = new SignatureGuard(verifier);
  }

  /** @throws UnauthorizedException; ConflictException for a request that came before. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    this.signatures.canActivate(context);
    const { id, timestamp } = context.switchToHttp().getRequest<HttpRequest>().parley!;
    // Until the time is refused. Twice the tolerance, since a sender's clock may be ahead.
    const ttlMs = 2_000 * this.verifier.tolerance;
    if (await this.deliveries.claim(`request:${timestamp}:${id}`, ttlMs)) return true;
    throw new ConflictException('This request came before.');
  }
}
