import { z } from 'zod';

const hostPorts = z
  .string()
  .transform((list) => list.split(',').map((entry) => entry.trim()))
  .refine(
    (list) => list.every((entry) => /^\S+:\d{1,5}$/.test(entry)),
    'expected host:port, separated by commas',
  );

/** The settings that say where Redis is: Cluster nodes before Sentinels, Sentinels before a URL, a URL before a host. */
export const redisSettings = {
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'expected redis://… or rediss://…' })
    .optional()
    .describe('One Redis node: redis://user:password@host:port/0, rediss:// for TLS'),
  REDIS_SENTINELS: hostPorts.optional().describe('Sentinels as host:port, separated by commas'),
  REDIS_SENTINEL_NAME: z.string().default('mymaster').describe('Name of the master that the Sentinels watch'),
  REDIS_SENTINELS_USERNAME: z.string().optional().describe('ACL user at the Sentinels'),
  REDIS_SENTINELS_PASSWORD: z.string().optional().describe('Password at the Sentinels'),
  REDIS_CLUSTER_NODES: hostPorts
    .optional()
    .describe('Some nodes of a Redis Cluster as host:port, separated by commas'),
  REDIS_USERNAME: z.string().optional().describe('ACL user, with Sentinels, a Cluster or REDIS_HOST'),
  REDIS_PASSWORD: z.string().optional().describe('Password, with Sentinels, a Cluster or REDIS_HOST'),
  REDIS_HOST: z.string().optional().describe('Host of one Redis node, if REDIS_URL is not set'),
  REDIS_ADDRESS: z
    .string()
    .regex(/^[^:]*:\d{1,5}$/, 'expected :port or host:port')
    .optional()
    .describe('Port of one Redis node as :6379, if REDIS_URL is not set'),
  REDIS_TLS: z
    .enum(['true', 'false'], 'expected true or false')
    .default('false')
    .transform((value) => value === 'true')
    .describe('TLS to Redis and its Sentinels, with Sentinels, a Cluster or REDIS_HOST'),
  REDIS_TLS_VERIFY: z
    .enum(['true', 'false'], 'expected true or false')
    .default('true')
    .transform((value) => value === 'true')
    .describe(
      'false: takes any certificate of Redis, as Heroku needs it; encrypted, but anyone in between can read and change all',
    ),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,32}$/, 'expected 1 to 32 letters, digits, _ . or -')
    .default('chat')
    .describe('Prefix of every key and pub/sub channel'),
};

/** The checked form of {@link redisSettings}. */
export type RedisSettings = z.output<z.ZodObject<typeof redisSettings>>;
