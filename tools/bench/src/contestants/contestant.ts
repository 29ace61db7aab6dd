/** The framing that a server speaks. */
export type Wire = 'parley' | 'socket.io' | 'nest-ws';

/** A chat that takes part in a benchmark. */
export interface Contestant {
  /** Its name in recorded results. */
  readonly id: string;
  /** Its name for readers. */
  readonly label: string;
  readonly wire: Wire;
  /** Brings it up with two processes that hold sockets, each on a port of its own, and a Redis of its own. */
  start(): Promise<RunningContestant>;
}

export interface RunningContestant {
  readonly wire: Wire;
  /** One for each process that holds sockets. */
  readonly urls: readonly string[];
  /** Pids of those processes. */
  gateways(): number[];
  /** Pids of all processes but Redis, those that hold sockets included. */
  servers(): number[];
  redisPid(): number;
  /** For a client that may read Redis's statistics. */
  readonly redisUrl: string;
  /** Ends its processes and deletes its data. */
  stop(): Promise<void>;
}

/** Every contestant has as many processes that hold sockets. */
export const GATEWAYS = 2;
