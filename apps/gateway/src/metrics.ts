import { Counter, Gauge } from 'prom-client';

/** Connections that are open. */
export const openConnections = new Gauge({
  name: 'gateway_connections',
  help: 'Open WebSocket connections.',
});

/** Closed connections, by close code. */
export const closedConnections = new Counter({
  name: 'gateway_connections_closed_total',
  help: 'Ended WebSocket connections by close code.',
  labelNames: ['code'],
});

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
