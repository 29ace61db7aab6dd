import { z } from 'zod';
import { uuid } from '../fields.js';

/** A user: by UUID, or `me` for the one who asks. */
export const userOrMe = z.union([z.literal('me'), uuid], 'expected the UUID of a user, or "me"');

/** A channel: by UUID, or `general` for the one that everybody is in. */
export const channelOrGeneral = z.union(
  [z.literal('general'), uuid],
  'expected the UUID of a channel, or "general"',
);

/** A group. */
export const group = { channelUUID: uuid };

/** A user in a group. */
export const member = { ...group, userUUID: uuid };
