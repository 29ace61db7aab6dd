import type { RedisUser } from '@parley/redis';

/** What a stack is started with. */
export interface StackOptions {
  /** The settings, named as in the environment of `npm start`. Nothing else of the environment is looked at. */
  settings: NodeJS.ProcessEnv;
  /** `shared`: all gateway workers on one port. `separate`: each on a free port of its own, for tests of replicas. */
  gatewayPorts?: 'shared' | 'separate';
  /** Gets each line that a person should see: progress, and the complaints of services. */
  report?: (line: string) => void;
  /** Ends the start, or the stack, when aborted before `startStack` has resolved. */
  signal?: AbortSignal;
  /** The module that each service runs. */
  entry?: (service: RedisUser) => string;
  /** What the process of that name (`auth-1`, …) sees besides: tests give one replica a clock of its own, say. */
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
  /** One with shared ports, one per worker with separate ones. */
  readonly gateways: readonly GatewayAddress[];
  /** The URL of Redis for its administrator (own Redis), or as given. */
  readonly redisUrl: string | undefined;
  /** The URL of Redis for each service: its own user in an own Redis, or as given. */
  readonly redisUrls: Readonly<Record<RedisUser, string | undefined>>;
  /** The processes that run now: `redis` (when it is our own), `auth-1`, …, `gateway-1`, … */
  processes(): { name: string; pid: number }[];
  /** Sends a signal to the process of that name. One that dies of it is started again. */
  kill(name: string, signal: NodeJS.Signals): void;
  /** Ends the gateways, then the services, then Redis, within 10 s. Never rejects; a second call waits for the first. */
  stop(): Promise<void>;
}
