import { statSync } from 'node:fs';
import { LIMITS } from '@parley/protocol';
import {
  integerSetting,
  publicKeysSetting,
  readSettings,
  SettingsError,
  sealingKeySetting,
  serviceSettings,
} from '@parley/service-kit';
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;
const SERVER_ADDRESS = /^([^:]*):(\d{1,5})$/;

/** Any origin; the origin of pages that have none; or scheme, host and port. */
const ORIGIN = /^(?:\*|null|[a-z][a-z\d+.-]*:\/\/[^\s/?#@,*]+)$/i;

const flag = z
  .enum(['true', 'false'], 'expected true or false')
  .default('false')
  .transform((value) => value === 'true');

/** The gateway's settings besides those of every service. It serves health on PORT, so HEALTH_HOST and HEALTH_PORT are not used. */
export const gatewaySettings = {
  ...serviceSettings,
  PORT: integerSetting(0, 65_535, 3_000).describe(
    'Port for everything that the gateway serves clients; 0: any free port',
  ),
  HOST: z.string().default('0.0.0.0').describe('Address on which the gateway listens'),
  SERVER_ADDRESS: z
    .string()
    .regex(SERVER_ADDRESS, 'expected :port or host:port')
    .optional()
    .describe('HOST and PORT in the form of the demo, ":5555" or "host:5555"; ignored when PORT is set'),
  CLIENT_LOCATION: z
    .string()
    .refine(isFolder, 'expected a folder that exists')
    .optional()
    .describe('Folder of static files to serve at / instead of the web client'),
  ADMIN_ON: z
    .enum(['metrics', 'public', 'off'], 'expected metrics, public or off')
    .default('metrics')
    .describe(
      "Where the operator's page is served at /admin: on METRICS_PORT; public: on PORT, too; off: nowhere",
    ),
  CHANNEL_JOIN_ORDER: z
    .enum(['asc', 'desc'], 'expected asc or desc')
    .default('desc')
    .describe('Order of the messages in the answer to a join that names none'),
  MAX_FRAME_BYTES: integerSetting(1_024, 16 * MEBIBYTE, LIMITS.frameBytes).describe(
    'Largest frame of a client in bytes; a larger one closes the connection with 1009',
  ),
  MAX_BUFFERED_BYTES: integerSetting(16 * 1_024, 256 * MEBIBYTE, MEBIBYTE).describe(
    'Bytes that may wait for a slow client, besides those of the last two turns of the event loop; above that, its connection is closed with 4008',
  ),
  MAX_QUEUED_FRAMES: integerSetting(1, 10_000, 64).describe(
    'Frames of one connection that may wait; above that, its socket is not read',
  ),
  MAX_QUEUED_BYTES: integerSetting(1_024, 256 * MEBIBYTE, 256 * 1_024).describe(
    'Memory of these frames in bytes; above that, its socket is not read either',
  ),
  INTAKE_BYTES: integerSetting(MEBIBYTE, 65_536 * MEBIBYTE, 64 * MEBIBYTE).describe(
    'Memory in bytes of all frames of signed-in connections, from the first byte to the answer; above that, none of them is read until half is free',
  ),
  MAX_CONNECTIONS: integerSetting(1, 1_000_000, 50_000).describe(
    'Connections of one gateway; above that, upgrades are refused with 503',
  ),
  CONNECTIONS_PER_ADDRESS: integerSetting(0, 1_000_000, 10_000).describe(
    'Connections of one address to one gateway (an IPv6 /64 counts as one); above that, upgrades are refused with 429; 0: no limit',
  ),
  CONNECTIONS_PER_USER: integerSetting(0, 1_000_000, 1_000).describe(
    'Connections of one user to one gateway; above that, signing in fails with LIMIT_REACHED; 0: no limit',
  ),
  SYS_FRAMES_PER_SECOND: integerSetting(1, 10_000_000, 10_000).describe(
    'Frames per second that tell users who signs in and out; frames above that are dropped and counted',
  ),
  JOIN_FRAMES_PER_SECOND: integerSetting(1, 10_000_000, 10_000).describe(
    'Frames per second that tell large channels who joins, leaves and types; frames above that are dropped and counted',
  ),
  FRAMES_PER_SECOND: integerSetting(0, 1_000_000, 200).describe(
    'Frames per second that one connection may send; frames above that are refused with RATE_LIMITED; 0: no limit',
  ),
  FRAMES_BURST: integerSetting(1, 1_000_000, 400).describe(
    'Frames that one connection may send at once after a pause',
  ),
  KEY_REQUESTS_PER_SECOND: integerSetting(0, 1_000_000, 1_000).describe(
    'Requests of REST per second with one key of an operator or a bot; those above that are refused with RATE_LIMITED; 0: no limit',
  ),
  KEY_REQUESTS_BURST: integerSetting(1, 1_000_000, 2_000).describe(
    'Requests that one key may send at once after a pause',
  ),
  BYTES_PER_SECOND: integerSetting(0, 1_024 * MEBIBYTE, 512 * 1_024).describe(
    'Bytes per second that one connection may send; above that, its socket is read no faster; 0: no limit',
  ),
  BYTES_BURST: integerSetting(1_024, 1_024 * MEBIBYTE, 2 * MEBIBYTE).describe(
    'Bytes that one connection may send at once after a pause',
  ),
  USER_ANSWER_BYTES_PER_SECOND: integerSetting(0, 1_024 * MEBIBYTE, 64 * 1_024).describe(
    'Bytes of large answers per second to one user, on all connections of a gateway; what is above 16 KiB of an answer counts; frames that read are held meanwhile; 0: no limit',
  ),
  ANSWER_BYTES_PER_SECOND: integerSetting(0, 4_096 * MEBIBYTE, 1 * MEBIBYTE).describe(
    'The same for all users of one gateway together; 0: no limit',
  ),
  PRESENCE_GRACE_SECONDS: integerSetting(0, 60, 5).describe(
    'Seconds for which a user stays online after the last connection was lost',
  ),
  PRESENCE_WATCHES: integerSetting(0, 10_000_000, 100_000).describe(
    'Users whose arrivals and departures one gateway watches, above PRESENCE_BROADCAST_USERS online; further ones are not watched',
  ),
  DRAIN_SECONDS: integerSetting(0, 300, 20).describe(
    'Seconds over which a gateway that shuts down sends its clients away; 0: all at once',
  ),
  SILENT_CHECK_SECONDS: integerSetting(5, 3_600, 30).describe(
    'Seconds after an interruption of the subscriptions within which each channel that stayed silent is checked once more: its last frame may have been lost',
  ),
  FANOUT_TICK_MS: integerSetting(0, 1_000, 0).describe(
    'Milliseconds for which frames of channels are collected before they are sent; 0: one turn of the event loop',
  ),
  COMPRESSION: flag.describe(
    'Whether clients may ask for permessage-deflate; each frame of a channel is then compressed once for all of them',
  ),
  TRUST_PROXY: flag.describe(
    "Whether the one proxy in front names the client's address in X-Forwarded-For, and what the client asked for in X-Forwarded-Proto and X-Forwarded-Host",
  ),
  ALLOWED_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .refine(
      (origins) => origins.every((origin) => ORIGIN.test(origin)),
      'expected * or origins such as https://chat.example.com, separated by commas',
    )
    .optional()
    .describe(
      'Origins of web pages that may open a WebSocket, separated by commas; *: all; without it those of the same host name, on any port. Programs name no origin and always may',
    ),
  AUTH_PUBLIC_KEYS: publicKeysSetting(),
  SEALING_KEY: sealingKeySetting(),
};

/** The checked form of {@link gatewaySettings}, with the place to listen. */
export type GatewaySettings = Readonly<z.output<z.ZodObject<typeof gatewaySettings>>>;

/**
 * Reads the gateway's settings.
 * @throws SettingsError that names every fault.
 */
export function readGatewaySettings(env: NodeJS.ProcessEnv): GatewaySettings {
  const settings = readSettings(gatewaySettings, env);
  if (!settings.AUTH_PUBLIC_KEYS && !settings.SEALING_KEY)
    throw new SettingsError('Wrong settings: AUTH_PUBLIC_KEYS: expected the keys to seal passwords to');
  const [, host, port] = SERVER_ADDRESS.exec(settings.SERVER_ADDRESS ?? '') ?? [];
  if (port === undefined || env['PORT']) return settings;
  return Object.freeze({ ...settings, HOST: host || settings.HOST, PORT: Number(port) });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
