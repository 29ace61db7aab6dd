import { CLOSE_CODES } from '@parley/protocol';
import { Counter, Gauge, Histogram } from 'prom-client';

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

/** Codes with a series of their own: ours, and those for "no code" and "cut" (RFC 6455, 7.4.1). A client may send any other. */
const COUNTED_CODES: ReadonlySet<number> = new Set([...Object.values(CLOSE_CODES), 1000, 1005, 1006]);

/** Counts a connection that has ended with `code`. */
export function countClosed(code: number): void {
  closedConnections.inc({ code: COUNTED_CODES.has(code) ? code : 'other' });
}

/** Connections without a session. */
export const unsignedConnections = new Gauge({
  name: 'gateway_connections_unsigned',
  help: 'Open WebSocket connections that are not signed in; a quarter of MAX_CONNECTIONS at most.',
});

/** Upgrades that were refused. */
export const refusedConnections = new Counter({
  name: 'gateway_connections_refused_total',
  help: 'Upgrades that were refused: full (MAX_CONNECTIONS, or the gateway ends), address (CONNECTIONS_PER_ADDRESS).',
  labelNames: ['reason'],
});

/** TCP connections that were cut before they had sent a request. */
export const unfinishedRequests = new Counter({
  name: 'gateway_requests_unfinished_total',
  help: 'HTTP requests that were cut before they were complete: timeout (slow headers), too many (more connections without a WebSocket than may be).',
  labelNames: ['reason'],
});

/** Times when all sockets of a kind were not read. */
export const intakePauses = new Counter({
  name: 'gateway_intake_pauses_total',
  help: 'Times when the bytes of frames without an answer had used up their budget, so that no socket was read: of those who are unsigned, or signed in.',
  labelNames: ['pool'],
});

/** Rate, errors and duration of requests: from the moment a frame is taken from its queue to its answer. */
export const answeredFrames = new Histogram({
  name: 'gateway_frame_duration_seconds',
  help: 'Time to answer the frames of clients, by type ("invalid" without a known one) and outcome (ok, or the name of the error).',
  labelNames: ['type', 'outcome'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});

/** Rate, errors and duration of the REST API: from the head of a request to the end of its answer. */
export const restRequests = new Histogram({
  name: 'gateway_rest_duration_seconds',
  help: 'Time to answer requests of the REST API, by operation ("none" where there is no such operation) and HTTP status ("cut" for a client that went away before the answer).',
  labelNames: ['operation', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});

/** Frames whose answers were put off, because those before them were too large. */
export const heldReads = new Counter({
  name: 'gateway_reads_held_total',
  help: 'Frames that were held because their user, or the gateway, had answered too many bytes.',
});

/** Frames that were written to sockets, each counted once per connection. */
export const deliveredFrames = new Counter({
  name: 'gateway_frames_delivered_total',
  help: 'Frames of channels and inboxes that were written to connections.',
});

/** How many connections share one write's bytes. */
export const fanOutSize = new Histogram({
  name: 'gateway_fan_out_connections',
  help: 'Connections that share one write of a channel or an inbox.',
  buckets: [1, 2, 5, 10, 100, 1_000, 10_000],
});

/** How old messages are when they go to the sockets. */
export const fanOutLag = new Histogram({
  name: 'gateway_fan_out_lag_seconds',
  help: "Time from storing a message, by Redis's clock, to writing it to the connections, by this host's clock; at most one sample per second.",
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});

/** What is read when Prometheus scrapes. */
interface Watched {
  readonly connections: Iterable<{ readonly bufferedBytes: number }>;
  /** Seconds since the lease was last renewed. */
  leaseAge(): number;
  /** The load for which waits are set, from 0 to 1. */
  load(): number;
}

const watched = new Set<Watched>();

/** From now on the metrics cover these connections, this lease and this load. */
export function watch(gateway: Watched): void {
  watched.add(gateway);
}

new Gauge({
  name: 'gateway_buffered_bytes',
  help: 'Bytes that wait for clients to accept them, over all connections.',
  collect() {
    let bytes = 0;
    for (const { connections } of watched)
      for (const { bufferedBytes } of connections) bytes += bufferedBytes;
    this.set(bytes);
  },
});

/** The budgets of what arrives. */
const intakePools = new Set<{ readonly name: string; readonly bytes: number }>();

/** From now on the metrics cover these budgets. */
export function watchIntake(pools: readonly { readonly name: string; readonly bytes: number }[]): void {
  for (const pool of pools) intakePools.add(pool);
}

new Gauge({
  name: 'gateway_intake_bytes',
  help: 'Memory of the frames that have no answer yet, from their first byte on: of those who are unsigned, or signed in.',
  labelNames: ['pool'],
  collect() {
    for (const { name, bytes } of intakePools) this.set({ pool: name }, bytes);
  },
});

new Gauge({
  name: 'gateway_lease_age_seconds',
  help: 'Time since the last renewal of the lease; after PRESENCE_LEASE_SECONDS, the users here go offline.',
  collect() {
    const ages = [...watched].map((gateway) => gateway.leaseAge());
    if (ages.length > 0) this.set(Math.max(...ages));
  },
});

new Gauge({
  name: 'gateway_load_ratio',
  help: 'Share of a core that this gateway would need if nothing waited, smoothed; above 0.5 crowds begin to rest.',
  collect() {
    const loads = [...watched].map((gateway) => gateway.load());
    if (loads.length > 0) this.set(Math.max(...loads));
  },
});

/** `sys` frames that the budget did not allow. */
export const droppedSysFrames = new Counter({
  name: 'gateway_sys_frames_dropped_total',
  help: 'sys frames that were dropped because SYS_FRAMES_PER_SECOND was used up, counted per connection.',
});

/** Users whose arrivals and departures connections here are told of, each with one Redis subscription. */
export const watchedUsers = new Gauge({
  name: 'gateway_presence_watches',
  help: 'Users whose arrivals and departures this gateway watches; PRESENCE_WATCHES at most.',
});

/** Users who are not watched although somebody here knows them. */
export const refusedWatches = new Counter({
  name: 'gateway_presence_watches_refused_total',
  help: 'Users who were not watched, each time that it was tried, because of a bound: that of a user (1,000) or of the gateway (PRESENCE_WATCHES).',
  labelNames: ['bound'],
});

/** Joins and leaves that members were not told of. */
export const droppedNotices = new Counter({
  name: 'gateway_notices_dropped_total',
  help: 'Frames about joins, leaves and typing that were dropped because JOIN_FRAMES_PER_SECOND was used up, counted per connection.',
});

/** What was published and could not be read. */
export const unreadableFrames = new Counter({
  name: 'gateway_frames_unreadable_total',
  help: 'Published buffers that were cut short, of a newer version or no UTF-8: frames of a log are read from it instead.',
});

/** Frames of logs that arrived twice. */
export const doubledFrames = new Counter({
  name: 'gateway_frames_doubled_total',
  help: 'Published frames that were dropped because they had already been delivered.',
});

/** Frames that pub/sub lost. */
export const filledFrames = new Counter({
  name: 'gateway_frames_filled_total',
  help: 'Frames that pub/sub lost and that were read from the log instead.',
});

/** Logs that continued in a new epoch. */
export const epochChanges = new Counter({
  name: 'gateway_log_epoch_changes_total',
  help: 'New epochs of logs with members on this gateway, without the first of each log.',
});

/** Channels that clients resumed, by whether everything that they missed was there. */
export const resumedChannels = new Counter({
  name: 'gateway_channels_resumed_total',
  help: 'Channels of resume requests; recovered is "false" when the client must reload.',
  labelNames: ['recovered'],
});
