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
