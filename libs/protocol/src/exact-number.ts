const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const NUMBER_AFTER_COLON = /\s*:\s*(-?\d[\d.eE+-]*)?/y;
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Whether a number in a request can be written back as the same number. A double may have rounded it:
 * 9007199254740993 is read as 9007199254740992.
 * @param text a JSON object, valid.
 * @param key the name of one of its fields, whose value is a number.
 * @param value what was read.
 */
export function isExact(text: string, key: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const source = sourceOf(text, key);
  return source !== undefined && decimal(source) === decimal(String(value));
}

/** The digits of a number that is a field of the outermost object. The last one of that name counts, as for JSON.parse. */
function sourceOf(text: string, key: string): string | undefined {
  // Each character may be written as an escape of six.
  const longestKey = 6 * key.length + 2;
  let source: string | undefined;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    if (code !== QUOTE) continue;
    const end = endOfString(text, at);
    if (depth === 1 && end - at <= longestKey && JSON.parse(text.slice(at, end)) === key) {
      NUMBER_AFTER_COLON.lastIndex = end;
      const found = NUMBER_AFTER_COLON.exec(text);
      // Without a colon it is the value of another field.
      if (found !== null) source = found[1];
    }
    at = end - 1;
  }
  return source;
}

/** The place after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start;
  let slashes: number;
  do {
    at = text.indexOf('"', at + 1);
    slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
  } while (slashes % 2 === 1);
  return at + 1;
}

/** One form for all spellings of a number: sign, digits without zeros at the ends, and the power of ten. */
function decimal(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = PARTS.exec(number) ?? [];
  const digits = whole + fraction;
  let [start, end] = [0, digits.length];
  while (digits.charCodeAt(start) === ZERO) start += 1;
  if (start === end) return '0';
  // No pattern: at each zero, one for those at the end looks at all that follow, which takes seconds for a long number.
  while (digits.charCodeAt(end - 1) === ZERO) end -= 1;
  const power = Number(exponent) - fraction.length + digits.length - end;
  return `${sign}${digits.slice(start, end)}e${power}`;
}
