export { readSigningKeys, type SignedContent, type SigningKey, signedHeaders } from './signing-keys.js';
export {
  SIGNATURE_FAULTS,
  SignatureError,
  type SignatureFault,
  type SignedRequest,
  TOLERANCE_SECONDS,
  type VerificationOptions,
  type VerifiedRequest,
  verifySignature,
} from './verify-signature.js';
