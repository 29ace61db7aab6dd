/** Characters of a message's UUID in a member. */
const OF_MESSAGE = 32;
const MEMBER = /^[\da-f]{32}[\w-]{22}$/;
const SHAPE = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** A private message that a user has received. */
export interface Received {
  readonly UUID: string;
  readonly channelUUID: string;
  /** Its Seq in the channel, which its UUID holds. */
  readonly messageSeq: number;
}

/**
 * The member of a received message in its user's list. Members sort by the time of their messages: UUIDs of messages begin with it. The
 * message's is in 32 hexadecimal digits, which Redis's Lua writes much faster than base64; the channel's, which Lua is given, in 22
 * characters of base64url. All text: ioredis writes a command of text alone faster.
 */
export const receivedMember = (UUID: string, channelUUID: string): string =>
  UUID.replaceAll('-', '') + memberEnd(channelUUID);

/** What the members of a channel's messages end with. */
export const memberEnd = (channelUUID: string): string =>
  Buffer.from(channelUUID.replaceAll('-', ''), 'hex').toString('base64url');

/** Whether a text may be a member. */
export const isReceivedMember = (text: string): boolean => MEMBER.test(text);

/** What a member says. */
export function receivedIn(member: string): Received {
  const UUID = uuidOf(member.slice(0, OF_MESSAGE));
  const channelUUID = uuidOf(Buffer.from(member.slice(OF_MESSAGE), 'base64url').toString('hex'));
  return { UUID, channelUUID, messageSeq: seqIn(UUID) };
}

const uuidOf = (hex: string): string => hex.replace(SHAPE, '$1-$2-$3-$4-$5');

/** The 38 bits of the Seq that the UUID of a message holds (see append-messages.lua). No private channel has 2^38 entries. */
function seqIn(UUID: string): number {
  const [high, middle, low] = [UUID.slice(15, 18), UUID.slice(19, 23), UUID.slice(24, 27)];
  const bits = (text: string) => Number.parseInt(text, 16);
  return bits(high) * 2 ** 26 + (bits(middle) % 2 ** 14) * 2 ** 12 + bits(low);
}
