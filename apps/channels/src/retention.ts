/** How much of the logs is kept, and for how long what came in is recognised when it comes again. */
export interface Retention {
  /** Newest messages that a channel keeps at least; 0 keeps all. */
  readonly messages: number;
  /** Newest items that an inbox keeps at least. */
  readonly inboxItems: number;
  readonly clientUuidMs: number;
}

/** What makes a message the same one when it comes again: its sender's mark, or else the request that brings it. */
export type MessageMark = { readonly clientUUID: string } | { readonly requestId: string };

/**
 * How long a request without a `clientUUID` is remembered, in milliseconds: twice the longest deadline that a
 * request may have (REQUEST_DEADLINE_MS), past which nobody handles it again.
 */
const HANDLED_MS = 120_000;

/** How long a message is remembered at least, in milliseconds. */
export const rememberedMs = (mark: MessageMark, { clientUuidMs }: Retention): number =>
  'clientUUID' in mark ? clientUuidMs : HANDLED_MS;
