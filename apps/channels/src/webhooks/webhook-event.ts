import { createHash } from 'node:crypto';
import { GENERAL_CHANNEL, type LogFrame, mayBeGroup } from '@parley/contracts';
import type { Channel } from '../channel.js';

/** The kinds of events that a webhook may ask for. */
export const WEBHOOK_EVENTS = ['message', 'membership', 'user', 'account', 'session'] as const;
/** Those that a webhook gets that does not say. */
export const DEFAULT_EVENTS = ['message', 'membership'] as const;
export type WebhookEventKind = (typeof WEBHOOK_EVENTS)[number];

const MESSAGE_EVENTS: Readonly<Record<string, string>> = {
  channelMessage: 'message.created',
  messageEdit: 'message.edited',
  messageDelete: 'message.deleted',
  reaction: 'message.reaction',
};

/** An event as a webhook gets it. */
export interface WebhookEvent {
  readonly kind: WebhookEventKind;
  /** The same each time that it is sent, and another one for each entry of each channel. */
  readonly id: string;
  /** Without the time: JSON of the other fields. */
  readonly type: string;
  readonly data: object;
}

/** A frame of a log. */
interface LoggedFrame {
  readonly type: string;
  readonly channelMessage?: { readonly UUID: string };
  readonly sys?: { readonly type: string } & Record<string, unknown>;
}

/** What names an entry for good, also where a later epoch has begun: a message's UUID, or the place and time of a change. */
function whatNames(frame: LoggedFrame, seq: number): string[] {
  if (frame.channelMessage !== undefined) return [frame.channelMessage.UUID];
  const kind = frame.sys?.type ?? frame.type;
  const change = ((frame.sys ?? frame) as unknown as Record<string, unknown>)[kind];
  return [String(seq), String((change as { at?: unknown } | undefined)?.at)];
}

const idOf = (...parts: readonly string[]): string =>
  `evt_${createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 32)}`;

/** The event of an entry of a channel's log. */
export function eventOf(channelUUID: string, epoch: string, { seq, json }: LogFrame): WebhookEvent {
  const frame = JSON.parse(json) as LoggedFrame;
  const message = MESSAGE_EVENTS[frame.type];
  const type = message ?? `membership.${frame.sys?.type ?? frame.type}`;
  return {
    kind: message === undefined ? 'membership' : 'message',
    id: idOf(channelUUID, type, ...whatNames(frame, seq)),
    type,
    data: { channel: { channelUUID, kind: kindOf(channelUUID) }, epoch, seq, frame },
  };
}

/** The kind of a channel, by its id alone. */
export function kindOf(channelUUID: string): Channel['kind'] {
  if (channelUUID === GENERAL_CHANNEL) return 'general';
  return mayBeGroup(channelUUID) ? 'group' : 'private';
}
