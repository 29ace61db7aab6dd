import { CLOSE_CODES } from '@parley/protocol';
import { Counter, Gauge } from 'prom-client';

/** Connections that are open. */
export const openConnections = new Gauge({
  name: 'gateway_connections',
  help: 'Open WebSocket connections.',
});

/** Channels with local members, each with one Redis subscription. */
export const openChannels = new Gauge({
  name: 'gateway_channels',
  help: 'Channels with members on this gateway.',
});

const closedConnections = new Counter({
  name: 'gateway_connections_closed_total',
  help: 'Ended WebSocket connections by close code; "other" for codes that only clients use.',
  labelNames: ['code'],
});

/** Codes of their own series: ours, and "no code" and "cut" (RFC 6455, 7.4.1). A client may send any other. */
const COUNTED_CODES: ReadonlySet<number> = new Set([...Object.values(CLOSE_CODES), 1000, 1005, 1006]);

/** Counts a connection that has ended with `code`. */
export function countClosed(code: number): void {
  closedConnections.inc({ code: COUNTED_CODES.has(code) ? code : 'other' });
}

/** Frames of clients, by type; those without a known type count as "invalid". */
export const receivedFrames = new Counter({
  name: 'gateway_frames_received_total',
  help: 'Frames received from clients by type.',
  labelNames: ['type'],
});

/** `sys` frames that the budget did not allow. */
export const droppedSysFrames = new Counter({
  name: 'gateway_sys_frames_dropped_total',
  help: 'Frames to everyone that were dropped because SYS_FRAMES_PER_SECOND was used up, per connection.',
});

/** Frames of logs that came by again. */
export const doubledFrames = new Counter({
  name: 'gateway_frames_doubled_total',
  help: 'Published frames that had been delivered already, and were dropped.',
});

/** Frames that pub/sub lost. */
export const filledFrames = new Counter({
  name: 'gateway_frames_filled_total',
  help: 'Frames that pub/sub did not bring and that were read from the log instead.',
});

/** Logs that went on in another epoch. */
export const turnedLogs = new Counter({
  name: 'gateway_logs_turned_total',
  help: 'Times that a log with members here went on in a new epoch.',
});

/** Channels that clients came back to, by whether everything that they missed was there. */
export const resumedChannels = new Counter({
  name: 'gateway_channels_resumed_total',
  help: 'Channels of resume requests; recovered "false" where the client has to reload.',
  labelNames: ['recovered'],
});
