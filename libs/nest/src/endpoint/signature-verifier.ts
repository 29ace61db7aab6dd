import { Inject, Injectable } from '@nestjs/common';
import {
  readSigningKeys,
  type SignedRequest,
  type SigningKey,
  TOLERANCE_SECONDS,
  type VerifiedRequest,
  verifySignature,
} from '@parley/signed-http/signatures';
import { PARLEY_OPTIONS, type ParleyModuleOptions } from '../options.js';

/** Verifies what Parley sends, with the keys of the options. */
@Injectable()
export class SignatureVerifier {
  /** Seconds. */
  readonly tolerance: number;
  private readonly keys: readonly SigningKey[];

  /** @throws Error if `signingKeys` are no keys; it does not show them. */
  constructor(@Inject(PARLEY_OPTIONS) { signingKeys, toleranceSeconds }: ParleyModuleOptions) {
    this.keys = signingKeys === undefined ? [] : keysIn(signingKeys);
    this.tolerance = toleranceSeconds ?? TOLERANCE_SECONDS;
  }

  get hasKeys(): boolean {
    return this.keys.length > 0;
  }

  /** @throws SignatureError */
  verify(request: SignedRequest): VerifiedRequest {
    return verifySignature(this.keys, request, { toleranceSeconds: this.tolerance });
  }
}

function keysIn(text: string): SigningKey[] {
  try {
    return readSigningKeys(text);
  } catch (error) {
    throw new Error(`signingKeys: ${(error as Error).message}`);
  }
}
