// What needs no schema library: a client in a browser imports this and, besides, types alone.
export * from './close-codes.js';
export * from './code-points.js';
export * from './error-codes.js';
export * from './limits.js';
export * from './rights.js';
