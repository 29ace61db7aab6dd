import { hash } from 'node:crypto';
import { v7 } from 'uuid';
import type { ChannelTarget } from './channels.js';

/** A name space by its UUID. */
const nameSpace = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

/** The name space of private channels (RFC 9562, section 6.6): a random constant. */
const PRIVATE_CHANNELS = nameSpace('1f0c9b52-8c8e-4b5e-9d0f-6a7be2d1c3a4');
/** The name space of channels that exist once in a deployment. */
const FIXED_CHANNELS = nameSpace('c3d7a4ee-52f1-4f0b-8a39-0e94b8f7d615');

/** The channel that everybody may join and that needs no name. */
export const GENERAL_CHANNEL = nameUUID('general', FIXED_CHANNELS);

/**
 * The private channel of an unordered pair of users, who may be the same user. Both directions name the same channel,
 * without a look-up or a race. UUIDs are in lower case.
 */
export function privateChannel(one: string, other: string): string {
  return nameUUID(one < other ? `${one}:${other}` : `${other}:${one}`, PRIVATE_CHANNELS);
}

/**
 * Whether an id may be that of a private channel. Those ids are name-based (version 5). Unknown ids of this kind are
 * refused like the existing channels of other users, so that nobody can probe whether two users talk.
 */
export function mayBePrivate(channelUUID: string): boolean {
  return channelUUID.charAt(14) === '5';
}

/** The id of a new group, of version 7: the ids of groups sort by when they were made, and nobody guesses one. */
export const newGroupId = (): string => v7();

/** Whether an id may be that of a group. Those of the other channels are of version 5. */
export const mayBeGroup = (channelUUID: string): boolean => channelUUID.charAt(14) === '7';

/**
 * The id of the channel that a user means by a target, computed without a request. Only the channels service knows whether
 * that channel exists and whether the user may read it.
 */
export const channelIdOf = (userUUID: string, { channelUUID, recipientUUID }: ChannelTarget): string =>
  channelUUID || (recipientUUID ? privateChannel(userUUID, recipientUUID) : GENERAL_CHANNEL);

/** The fields of requests that say what they are about. */
interface Naming {
  readonly user?: { readonly UUID: string };
  readonly target?: ChannelTarget;
  readonly channelUUID?: string;
  readonly log?: string;
  readonly userUUID?: string;
}

/** The services whose requests spread. Those of auth stay together: its answers are known by keys that clients repeat at any gateway. */
const SPREAD = /^(channels|users)\./;

/** The channel or the user that a request is about, or undefined for any other. Requests about the same keep their order. */
export function subjectOf(pattern: string, request: object): string | undefined {
  if (!SPREAD.test(pattern)) return undefined;
  const { user, target, channelUUID, log, userUUID } = request as Naming;
  if (target !== undefined && user !== undefined) return channelIdOf(user.UUID, target);
  return channelUUID ?? log ?? userUUID ?? user?.UUID;
}

/**
 * The UUID of a name within a name space, of version 5 (RFC 9562, 5.5). It is what `uuid` computes, for a fifth of the time:
 * joins and posts need several of them.
 */
function nameUUID(name: string, space: Buffer): string {
  const digest = hash('sha1', Buffer.concat([space, Buffer.from(name)]), 'hex');
  // The two highest bits of the ninth byte are the variant.
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  const [a, b, c] = [digest.slice(0, 8), digest.slice(8, 12), digest.slice(13, 16)];
  return `${a}-${b}-5${c}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}
