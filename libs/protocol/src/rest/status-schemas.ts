import { z } from 'zod';

const text = z.string();
const count = z.int().min(0);
const number = z.number().min(0);

const channelSize = z.object({ channelUUID: text, connections: count });

const gatewayStatus = z.object({
  connections: count,
  /** Connections that are not signed in. */
  unsigned: count,
  /** Channels and inboxes with members here. */
  logs: count,
  /** Messages that were posted here. Rates are means of the last 5 s. */
  postedPerSecond: number,
  /** Frames that were written to connections. */
  deliveredPerSecond: number,
  /** Mean time from storing a message to writing it to the connections; absent if there was none. */
  fanOutLagMs: number.optional(),
  /** Bytes that wait for clients to accept them. */
  bufferedBytes: count,
  /** Connections that were closed because their clients were too slow, since the start. */
  slowClients: count,
});

const replicaStatus = z.object({
  service: text,
  /** New at every start. */
  id: text,
  version: text,
  host: text,
  startedAt: text,
  /** When it reported this, by the clock of Redis. */
  at: text,
  memoryBytes: count,
  /** Share of a core. */
  cpu: number,
  /** What it lacks to be ready. */
  failing: z.array(text),
  /** Requests and events that were set aside since the start. */
  setAside: count,
  /** Requests that wait for the service or are under way, at all its replicas. */
  queueDepth: count,
  gateway: gatewayStatus.optional(),
});

/** What operators are told of the chat as a whole. Times are RFC 3339 in UTC. */
export const statusSchemas = {
  ReplicaStatus: replicaStatus,
  Status: z.object({
    /** Now, by the clock of the gateway that answers. */
    at: text,
    replicas: z.array(replicaStatus),
    /** The channels with the most connections, over all gateways. */
    channels: z.array(channelSize),
  }),
};
