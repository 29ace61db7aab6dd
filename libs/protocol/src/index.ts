export * from './app-error.js';
export * from './close-codes.js';
export * from './decode-request.js';
export * from './error-codes.js';
export * from './error-frame.js';
export { codePoints, usernameKey } from './fields.js';
export * from './limits.js';
export * from './requests.js';
export * from './server-frames.js';
