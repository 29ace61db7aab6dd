import { resolve } from 'node:path';
import { privateKeyFrom, readPrivateKeys } from '@parley/contracts';
import { type RedisSettings, redisSettings } from '@parley/redis';
import { z } from 'zod';
import type { Address } from './readiness-probe.js';
import { StartError } from './start-error.js';

/** For more processes of one kind than this, one machine is the wrong place. */
const mostReplicas = 64;

const count = (least: number, most: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `expected a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((n) => n >= least && n <= most, `expected a whole number from ${least} to ${most}`)
    .prefault(String(fallback));

/** What `npm start` reads besides the settings that it passes to the services. */
export const stackSettings = {
  ...redisSettings,
  PORT: count(0, 65_535, 3000).describe('Port of the chat; 0 picks a free one'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address on which the gateway listens; 0.0.0.0 lets other machines in'),
  METRICS_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address on which the processes serve their metrics'),
  METRICS_PORT: count(0, 65_000, 0).describe(
    'Metrics port of the first gateway worker; the other processes have the ports that follow; 0 picks free ones',
  ),
  SERVER_ADDRESS: z
    .string()
    .regex(/^[^:\s]*:\d{1,5}$/, 'expected :port or host:port')
    .refine((address) => Number(address.split(':')[1]) <= 65_535, 'expected a port from 0 to 65535')
    .optional()
    .describe('HOST and PORT in the form of the demo, ":5555" or "host:5555"; used where PORT is not set'),
  DATA_DIR: z.string().default('.data').describe('Folder for the data of Redis and the generated secrets'),
  AUTH_REPLICAS: count(1, mostReplicas, 1).describe('Processes of the auth service'),
  USERS_REPLICAS: count(1, mostReplicas, 1).describe('Processes of the users service'),
  CHANNELS_REPLICAS: count(1, mostReplicas, 1).describe('Processes of the channels service'),
  GATEWAY_WORKERS: count(1, mostReplicas, 2).describe('Processes of the gateway, all on one port'),
  DRAIN_SECONDS: count(0, 300, 0).describe(
    'Time over which a gateway that shuts down sends its clients away, in seconds; 0: all at once',
  ),
  SEALING_KEY: z
    .base64('expected 32 bytes in base64')
    .refine((key) => Buffer.from(key, 'base64').length === 32, 'expected 32 bytes in base64')
    .optional()
    .describe('Key that the release before seals secrets in requests with; only to run processes of both'),
  AUTH_PRIVATE_KEYS: z
    .string()
    .superRefine((text, context) => {
      try {
        readPrivateKeys(text);
      } catch (error) {
        context.addIssue((error as Error).message);
      }
    })
    .optional()
    .describe(
      'Keys that the gateways seal secrets in requests to, `id:key,id:key`; by default one is generated in DATA_DIR. Several machines on one Redis need the same',
    ),
  AUTH_KEY_SECRET: z
    .string()
    .min(32, 'expected at least 32 random characters')
    .optional()
    .describe(
      'Instead of AUTH_PRIVATE_KEYS: a random text that the key is derived from, for platforms that make such a text and keep no files',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('Lowest level that the services log; at debug and trace all of it is shown'),
};

type Read = z.output<z.ZodObject<typeof stackSettings>>;

/** The checked settings of a start. */
export interface StackSettings extends RedisSettings {
  /** Where the gateway listens. Port 0 picks a free one. */
  listen: Address;
  /** Where the first process serves its metrics. Port 0 picks a free one for each. */
  metrics: Address;
  dataFolder: string;
  replicas: { auth: number; users: number; channels: number; gateway: number };
  drainSeconds: number;
  sealingKey: string | undefined;
  authPrivateKeys: string | undefined;
  logLevel: Read['LOG_LEVEL'];
}

/**
 * Reads the settings of a start. An empty variable counts as not set.
 * @throws StartError that names every fault with its variable, but never a value.
 */
export function readStackSettings(environment: NodeJS.ProcessEnv): StackSettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = z.object(stackSettings).safeParse(given);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new StartError(`Wrong settings: ${faults.join('; ')}`);
  }
  const { data } = result;
  return {
    ...data,
    listen: given.PORT === undefined ? demoAddress(data) : { host: data.HOST, port: data.PORT },
    metrics: { host: data.METRICS_HOST, port: data.METRICS_PORT },
    dataFolder: resolve(data.DATA_DIR),
    replicas: {
      auth: data.AUTH_REPLICAS,
      users: data.USERS_REPLICAS,
      channels: data.CHANNELS_REPLICAS,
      gateway: data.GATEWAY_WORKERS,
    },
    drainSeconds: data.DRAIN_SECONDS,
    sealingKey: data.SEALING_KEY,
    authPrivateKeys: data.AUTH_PRIVATE_KEYS ?? (data.AUTH_KEY_SECRET && privateKeyFrom(data.AUTH_KEY_SECRET)),
    logLevel: data.LOG_LEVEL,
  };
}

function demoAddress({ SERVER_ADDRESS, HOST, PORT }: Read): Address {
  const [host, port] = SERVER_ADDRESS?.split(':') ?? [];
  return { host: host || HOST, port: port === undefined ? PORT : Number(port) };
}
