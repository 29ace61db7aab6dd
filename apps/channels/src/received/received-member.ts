/** The digits of base64url in the order of their values. */
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The same digits in the order of their characters: texts of these sort as the bytes that they stand for. */
const SORTED = [...BASE64URL].sort().join('');

const sortedDigitOf = new Map([...BASE64URL].map((digit, value) => [digit, SORTED[value]!]));
const plainDigitOf = new Map([...SORTED].map((digit, value) => [digit, BASE64URL[value]!]));

/** Characters of a UUID in base64. */
const DIGITS = 22;
const MEMBER = /^[\w-]{44}$/;
const SHAPE = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** A private message that a user has received. */
export interface Received {
  readonly UUID: string;
  readonly channelUUID: string;
  /** Its Seq in the channel, which its UUID holds. */
  readonly messageSeq: number;
}

/**
 * The member of a received message in its user's list. Members sort by the time of their messages: UUIDs of messages begin with it. 44
 * characters of text, not 32 bytes: ioredis writes a command of text alone faster, and the two take almost the same memory in Redis.
 */
export const receivedMember = (UUID: string, channelUUID: string): string =>
  receivedDigits(UUID) + receivedDigits(channelUUID);

/** Whether a text may be a member. */
export const isReceivedMember = (text: string): boolean => MEMBER.test(text);

/** What a member says. */
export function receivedIn(member: string): Received {
  const UUID = uuidOf(member.slice(0, DIGITS));
  return { UUID, channelUUID: uuidOf(member.slice(DIGITS)), messageSeq: seqIn(UUID) };
}

/** Half of a member: what it says of a message, or of a channel. `tell-partners.lua` makes that of a message too. */
export function receivedDigits(UUID: string): string {
  const bytes = Buffer.from(UUID.replaceAll('-', ''), 'hex');
  let digits = '';
  for (const digit of bytes.toString('base64url')) digits += sortedDigitOf.get(digit);
  return digits;
}

function uuidOf(digits: string): string {
  let plain = '';
  for (const digit of digits) plain += plainDigitOf.get(digit);
  return Buffer.from(plain, 'base64url').toString('hex').replace(SHAPE, '$1-$2-$3-$4-$5');
}

/** The 38 bits of the Seq that the UUID of a message holds (see append-messages.lua). No private channel has 2^38 entries. */
function seqIn(UUID: string): number {
  const [high, middle, low] = [UUID.slice(15, 18), UUID.slice(19, 23), UUID.slice(24, 27)];
  const bits = (text: string) => Number.parseInt(text, 16);
  return bits(high) * 2 ** 26 + (bits(middle) % 2 ** 14) * 2 ** 12 + bits(low);
}
