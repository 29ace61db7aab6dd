import { type NamedKey, readPrivateKeys, readPublicKeys, SEALING_KEY_BYTES } from '@parley/contracts';
import { redisSettings } from '@parley/redis';
import { z } from 'zod';

/** All faults of the settings in one message, for the person who starts the service. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** A setting that is a whole number within bounds. Its description should name the unit. */
export const integerSetting = (least: number, most: number, fallback: number) => {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected)
    .prefault(String(fallback));
};

/** The key that sealed secrets between gateway and auth in the release before, as bytes; kept for one release longer. */
export const sealingKeySetting = () => {
  const expected = `expected ${SEALING_KEY_BYTES} random bytes as base64`;
  return z
    .string(expected)
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === SEALING_KEY_BYTES, expected)
    .optional()
    .describe(
      'Key that gateways and auth of the release before seal with; only while some of them run. All that have it can read passwords',
    );
};

/** Auth's private keys. They have no default: a known key would protect nothing. */
export const privateKeysSetting = () =>
  keysSetting(readPrivateKeys).describe(
    'X25519 keys, `id:key,id:key`, with which auth opens what gateways seal to them; access keys come from them too. The same in all replicas of auth, and nowhere else',
  );

/** Auth's public keys. */
export const publicKeysSetting = () =>
  keysSetting(readPublicKeys).describe(
    "Auth's public keys, `id:key,id:key`, to which passwords are sealed: to the first; to the next where auth does not have that",
  );

const keysSetting = (read: (text: string) => readonly NamedKey[]) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return read(text);
      } catch (error) {
        context.addIssue((error as Error).message);
        return z.NEVER;
      }
    })
    .optional();

/** The settings of every service. */
export const serviceSettings = {
  ...redisSettings,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('Least severe level that is logged'),
  HEALTH_HOST: z.string().default('0.0.0.0').describe('Address that serves health'),
  HEALTH_PORT: integerSetting(0, 65_535, 3001).describe('Port that serves health; 0 picks a free one'),
  METRICS_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address that serves metrics and the details of health; 0.0.0.0 in the image'),
  METRICS_PORT: integerSetting(0, 65_535, 9_464).describe(
    'Port that serves metrics and the details of health; a free one if it is 0 or taken',
  ),
  REQUEST_DEADLINE_MS: integerSetting(100, 60_000, 10_000).describe(
    'Time within which another service must reply, in milliseconds',
  ),
  REQUEST_QUEUE_LENGTH: integerSetting(1, 10_000_000, 10_000).describe(
    'Most requests that may wait for one service, and as many of those that can wait, such as pages and joins; above that, they are refused with OVERLOADED',
  ),
  REQUEST_QUEUE_AGE_MS: integerSetting(0, 60_000, 200).describe(
    'How long requests may wait for a service when they have done so for 2 s, in milliseconds; those that wait for more than twice as long are refused with OVERLOADED, but for sign-ins and what else auth queues itself. A gateway refuses posts that would be answered later, once all have been late for 1 s. 0 refuses none',
  ),
  REQUEST_PARTITIONS: integerSetting(1, 64, 1).describe(
    'Streams that the requests for each service are spread over, by channel or user: more than 1 where one master of a Cluster is busy with them. The services that are asked read at least as many before those that ask write them',
  ),
  TAKE_OVER_AFTER_MS: integerSetting(500, 60_000, 3_000).describe(
    'Silence of a replica after which another one takes over its work, in milliseconds',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'expected http://… or https://…' })
    .optional()
    .describe(
      'OpenTelemetry collector that receives traces over OTLP/HTTP, at its /v1/traces; without it there are no traces',
    ),
};

/** The checked form of {@link serviceSettings}. */
export type ServiceSettings = z.output<z.ZodObject<typeof serviceSettings>>;

/**
 * Reads settings from the environment. An empty variable counts as unset.
 * @throws SettingsError that names the variable and the expectation of each fault, but never a value.
 */
export function readSettings<S extends z.ZodRawShape>(
  shape: S,
  env: NodeJS.ProcessEnv,
): Readonly<z.output<z.ZodObject<S>>> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = z.object(shape).safeParse(given);
  if (result.success) return Object.freeze(result.data);
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SettingsError(`Wrong settings: ${faults.join('; ')}`);
}
