/** The framing that a server speaks; `module` is the URL of a dialect that none of the servers here speaks. */
export type Wire = 'parley' | 'socket.io' | 'nest-ws' | { readonly module: string };

/** A chat that takes part in a benchmark. */
export interface Contestant {
  /** Its name in recorded results. */
  readonly id: string;
  /** Its name for readers. */
  readonly label: string;
  readonly wire: Wire;
  /** Starts it: two processes that hold sockets, each on its own port, and its own Redis. */
  start(): Promise<RunningContestant>;
}

export interface RunningContestant {
  readonly wire: Wire;
  /** One for each process that holds sockets. */
  readonly urls: readonly string[];
  /** Pids of those processes. */
  gateways(): number[];
  /** Pids of all processes except Redis, including those that hold sockets. */
  servers(): number[];
  redisPid(): number;
  /** For a client that may read Redis's statistics. */
  readonly redisUrl: string;
  /** Ends its processes and deletes its data. */
  stop(): Promise<void>;
}

/** The number of processes that hold sockets, for every contestant. */
export const GATEWAYS = 2;
