import type { RedisUser } from '@parley/redis';

/** The options of a stack. */
export interface StackOptions {
  /** The settings, named as in the environment of `npm start`. Nothing else of the environment is read. */
  settings: NodeJS.ProcessEnv;
  /** `shared`: all gateway workers on one port. `separate`: each on a free port of its own, for tests of replicas. */
  gatewayPorts?: 'shared' | 'separate';
  /** Receives each line meant for the user: progress, and the complaints of services. */
  report?: (line: string) => void;
  /** Receives all that the processes write to standard output and error, Redis's too, by the name of the process. */
  output?: (name: string, bytes: Buffer) => void;
  /** Aborting it before `startStack` has resolved ends the start. */
  signal?: AbortSignal;
  /**
   * The module that a process of a service runs, by its name (`auth-1`, …). Asked at each start of the process: a test replaces
   * a version by restarting it.
   */
  entry?: (service: RedisUser, name: string) => string;
  /**
   * Extra environment for the process of that name (`auth-1`, …). Tests use it, for example, to give one replica its
   * own clock.
   */
  environmentOf?: (name: string) => Record<string, string>;
}

/** Where a gateway can be reached. */
export interface GatewayAddress {
  /** `ws://127.0.0.1:port/ws` */
  url: string;
  /** `http://127.0.0.1:port` */
  httpUrl: string;
}

/** The whole chat, running on this machine. */
export interface Stack extends GatewayAddress {
  /** One with a shared port, or one per worker with separate ports. */
  readonly gateways: readonly GatewayAddress[];
  /** The URL of Redis for its administrator (own Redis), or as given. */
  readonly redisUrl: string | undefined;
  /** The URL of Redis for each service: as its own user in our own Redis, or as given. */
  readonly redisUrls: Readonly<Record<RedisUser, string | undefined>>;
  /** The running processes: `redis` (when it is our own), `auth-1`, …, `gateway-1`, … */
  processes(): { name: string; pid: number }[];
  /** The metrics page of each process that has one, by the name of the process: `http://127.0.0.1:port/metrics`. */
  readonly metrics: Readonly<Record<string, string>>;
  /** Sends a signal to the process of that name. If it dies of the signal, it is restarted. */
  kill(name: string, signal: NodeJS.Signals): void;
  /** Ends the gateways, then the services, then Redis, within 10 s. Never rejects. A second call waits for the first. */
  stop(): Promise<void>;
}
