import { SEALING_KEY_BYTES } from '@parley/contracts';
import { redisSettings } from '@parley/redis';
import { z } from 'zod';

/** Every setting with a fault, in one message: what a person who starts the service reads. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** A whole number setting with its bounds; the unit belongs into the description. */
export const integerSetting = (least: number, most: number, fallback: number) => {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected)
    .prefault(String(fallback));
};

/** The key under which secrets travel between gateway and auth, as bytes. It has no default: a known key seals nothing. */
export const sealingKeySetting = () => {
  const expected = `expected ${SEALING_KEY_BYTES} random bytes as base64`;
  return z
    .string(expected)
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === SEALING_KEY_BYTES, expected)
    .describe('Seals passwords and access keys between gateway and auth; the same for all of them');
};

/** What every service reads. */
export const serviceSettings = {
  ...redisSettings,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('Least severe level that is logged'),
  HEALTH_HOST: z.string().default('0.0.0.0').describe('Address on which health and metrics are served'),
  HEALTH_PORT: integerSetting(0, 65_535, 3001).describe('Port of health and metrics; 0 takes a free one'),
  REQUEST_DEADLINE_MS: integerSetting(100, 60_000, 10_000).describe(
    'Time within which another service must have answered, in milliseconds',
  ),
  REQUEST_QUEUE_LENGTH: integerSetting(1, 10_000_000, 10_000).describe(
    'Requests that may wait for one service; past it they are refused with OVERLOADED',
  ),
  TAKE_OVER_AFTER_MS: integerSetting(500, 60_000, 3_000).describe(
    'Silence after which another replica takes over what a replica had in hand, in milliseconds',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'expected http://… or https://…' })
    .optional()
    .describe('OpenTelemetry collector that gets traces over OTLP/HTTP, at its /v1/traces; none without it'),
};

/** The checked form of {@link serviceSettings}. */
export type ServiceSettings = z.output<z.ZodObject<typeof serviceSettings>>;

/**
 * Reads settings from the environment. An empty variable counts as not set.
 * @throws SettingsError that names every fault, with its variable and what was expected; never a value.
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
