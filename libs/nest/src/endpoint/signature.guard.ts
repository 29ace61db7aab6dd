import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  InternalServerErrorException,
  Logger,
  UnauthorizedException,
} from '@nestjs/common';
import { SignatureError } from '@parley/signed-http/signatures';
import type { HttpRequest } from './http-request.js';
import { SignatureVerifier } from './signature-verifier.js';

const NO_RAW_BODY = 'no raw body to verify: make the app with NestFactory.create(…, { rawBody: true })';

/**
 * Lets in what Parley has signed, over the bytes that came. A request that comes again is let in again: questions of hooks do.
 * The request then has `parley`, with the `id`.
 */
@Injectable()
export class SignatureGuard implements CanActivate {
  private readonly logger = new Logger(SignatureGuard.name);

  constructor(private readonly verifier: SignatureVerifier) {}

  /** @throws UnauthorizedException */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const { headers } = request;
    try {
      request.parley = this.verifier.verify({ headers, body: this.bytesOf(request) });
      return true;
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      throw new UnauthorizedException(error.message);
    }
  }

  private bytesOf({ rawBody, body }: HttpRequest): Uint8Array {
    if (rawBody !== undefined) return rawBody;
    // Without a body, or with one that is no JSON, nothing was parsed.
    if (typeof body !== 'object' || body === null) return new Uint8Array();
    this.logger.error(NO_RAW_BODY);
    throw new InternalServerErrorException();
  }
}
