export type { CallAnswer, SignedCall } from './call.js';
export { CALL_FAULTS, CallError, type CallFault } from './call-error.js';
export { isPublicAddress, namesPrivateAddress, publicLookup } from './public-address.js';
export * from './signatures.js';
