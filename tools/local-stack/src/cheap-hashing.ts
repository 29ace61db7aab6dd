/** Settings of a stack whose tests are not about passwords: a hash of the default strength costs tens of ms of a core. */
export const CHEAP_HASHING = { ARGON2_MEMORY_KIB: '1024', ARGON2_ITERATIONS: '1' } as const;
