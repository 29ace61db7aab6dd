/** Stands for any value of a kind in an expected frame. */
export interface Pattern {
  readonly pattern: string;
  readonly accepts: (value: unknown) => boolean;
}

const pattern = (name: string, accepts: Pattern['accepts']): Pattern => ({ pattern: name, accepts });
const textLike = (name: string, form: RegExp) =>
  pattern(name, (value) => typeof value === 'string' && form.test(value));

/** A UUID in lower case. */
export const UUID = textLike('a UUID', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
/** RFC 3339 in UTC, with or without fractions of a second. */
export const TIME = textLike('an RFC 3339 time in UTC', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
export const TEXT = textLike('a text', /./s);
export const COUNT = pattern('a whole number', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
export const BOOLEAN = pattern('true or false', (value) => typeof value === 'boolean');

/**
 * Where `actual` differs from `expected`, as `path: what is wrong`. Empty when it does not. Fields missing from
 * `expected` are ignored. An array expects at least one item, and each item must match one of its own.
 */
export function differences(expected: unknown, actual: unknown, path = 'frame'): string[] {
  if (isPattern(expected)) {
    return expected.accepts(actual) ? [] : [`${path}: expected ${expected.pattern}, got ${brief(actual)}`];
  }
  if (typeof expected !== 'object' || expected === null) {
    return Object.is(expected, actual) ? [] : [`${path}: expected ${brief(expected)}, got ${brief(actual)}`];
  }
  if (Array.isArray(expected)) return differencesOfItems(expected, actual, path);
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) {
    return [`${path}: expected an object, got ${brief(actual)}`];
  }
  return Object.entries(expected).flatMap(([key, value]) =>
    differences(value, (actual as Record<string, unknown>)[key], `${path}.${key}`),
  );
}

/** Fails, listing every difference, unless `actual` matches `expected`. */
export function assertMatches(expected: unknown, actual: unknown): void {
  const found = differences(expected, actual);
  if (found.length > 0) throw new Error(found.join('; '));
}

function differencesOfItems(expected: readonly unknown[], actual: unknown, path: string): string[] {
  if (!Array.isArray(actual)) return [`${path}: expected an array, got ${brief(actual)}`];
  if (actual.length === 0) return [`${path}: expected at least one item`];
  return actual.flatMap((item, index) => {
    const tries = expected.map((one) => differences(one, item, `${path}[${index}]`));
    return tries.some((found) => found.length === 0) ? [] : tries[0]!;
  });
}

const isPattern = (value: unknown): value is Pattern =>
  typeof value === 'object' && value !== null && 'accepts' in value;

const brief = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 120);
