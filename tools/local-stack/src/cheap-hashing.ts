/**
 * Settings for a stack whose tests are not about passwords. A hash of the default strength costs a core tens of
 * milliseconds.
 */
export const CHEAP_HASHING = { ARGON2_MEMORY_KIB: '1024', ARGON2_ITERATIONS: '1' } as const;
