import fc from 'fast-check';

/** Texts that have broken servers: names of every object, NUL, lone surrogates, marks that change direction, very long ones. */
export const HOSTILE_TEXTS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\ud83d',
  '\u202e\u2066',
  '\ufeff',
  '\u200b',
  'e\u0301'.repeat(100),
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  'x'.repeat(4_001),
  '\u{10ffff}'.repeat(4_000),
  '{general}',
  '*',
  '\r\n$1\r\n',
  "'; return redis.call('FLUSHALL') --",
  '../../etc/passwd',
  '%00%n%s',
] as const;

export const hostileText = fc.constantFrom(...HOSTILE_TEXTS);

/** A value that no field expects, or only just. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, false, '', [], {}, [[]], { toString: 1 }, { length: 1e9 }, [null]),
  fc.constantFrom<unknown>(-1, 0, 1e308, -1e308, 5e-324, 2 ** 53, 2 ** 63, 2 ** 64, 0.5),
  fc.jsonValue({ maxDepth: 3 }),
);
