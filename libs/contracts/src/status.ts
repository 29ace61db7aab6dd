/** What one replica of a service reports of itself every few seconds. Fields of a newer version are passed over. */
export interface StatusRecord {
  /** When it was written, in milliseconds of Redis's clock. */
  readonly at: number;
  readonly service: string;
  /** The name of the replica: new at every start. */
  readonly id: string;
  readonly version: string;
  readonly host: string;
  /** When the process began, in milliseconds of its clock. */
  readonly startedAt: number;
  /** Resident memory of the process. */
  readonly memoryBytes: number;
  /** Share of a core that the process has used since its last report. */
  readonly cpu: number;
  /** What it lacks to be ready; empty if it is. */
  readonly failing: readonly string[];
  /** Requests and events that it has set aside since it began. */
  readonly setAside: number;
  /** Requests and events that wait for this service, at all its replicas. */
  readonly queueDepth: number;
  /** Of a gateway. */
  readonly gateway?: GatewayFigures | undefined;
}

/** What a gateway reports besides. Rates are means since its last report. */
export interface GatewayFigures {
  readonly connections: number;
  /** Connections that are not signed in. */
  readonly unsigned: number;
  /** Channels and inboxes with members here. */
  readonly logs: number;
  /** Messages that were posted here. */
  readonly postedPerSecond: number;
  /** Frames that were written to connections. */
  readonly deliveredPerSecond: number;
  /** Mean time from storing a message to writing it to the connections; absent without a sample. */
  readonly fanOutLagMs?: number | undefined;
  /** Bytes that wait for clients to accept them. */
  readonly bufferedBytes: number;
  /** Connections that were closed since the start because their clients were too slow. */
  readonly slowClients: number;
  /** The channels with the most connections here. */
  readonly channels: readonly ChannelSize[];
}

/** How many connections are in a channel. */
export interface ChannelSize {
  readonly channelUUID: string;
  readonly connections: number;
}

/** Time between two reports, in milliseconds. */
export const STATUS_EVERY_MS = 5_000;
/** A replica whose last report is older counts as gone, in milliseconds. */
export const STATUS_STALE_MS = 20_000;
/** How long the reports of a service are kept after the last one, in milliseconds. */
export const STATUS_KEPT_MS = 60_000;
/** The channels that a gateway names, at most. */
export const STATUS_CHANNELS = 20;

/** The hash with the reports of a service's replicas. */
export const statusKey = (prefix: string, service: string): string => `${prefix}:${service}:status`;

/** Every key of reports, without the deployment's prefix. */
export const STATUS_CATALOGUE = [
  {
    pattern: statusKey('', '<service>').slice(1),
    type: 'hash',
    holds:
      'name of a replica → what it last reported of itself, as JSON; no text of anybody, and no names of users',
    lifetime: `${STATUS_KEPT_MS / 1_000} s after the last report of any replica; that of a replica that ended is removed`,
    growth: 'one field of 0.3 KB per replica, of 1.5 KB per gateway',
  },
] as const;
