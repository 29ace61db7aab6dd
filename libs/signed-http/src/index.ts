export { CALL_FAULTS, CallError, type CallFault } from './call-error.js';
export { isPublicAddress, namesPrivateAddress, publicLookup } from './public-address.js';
export { type CallAnswer, type SignedCall, SignedCaller, type SignedCallerOptions } from './signed-caller.js';
export { readSigningKeys, type SigningKey, signedHeaders } from './signing-keys.js';
