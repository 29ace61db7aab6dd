import { z } from 'zod';
import { channel, messageText, reaction, uuid } from './fields.js';

/** Names a message: by its own `UUID`, in its channel. */
const target = { ...channel, UUID: uuid };

/** Requests that change a message. Each becomes an entry of the channel's log. */
export const changeRequests = {
  messageEdit: z.object({ ...target, message: messageText }),
  messageDelete: z.object(target),
  reaction: z.object({
    ...target,
    reaction,
    /** Takes the user's own reaction back. */
    remove: z.boolean('expected true or false').optional(),
  }),
} as const;
