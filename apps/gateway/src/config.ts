import { statSync } from 'node:fs';
import { SEALING_KEY_BYTES } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import { integerSetting, readSettings, serviceSettings } from '@parley/service-kit';
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;
const SERVER_ADDRESS = /^([^:]*):(\d{1,5})$/;

const flag = z
  .enum(['true', 'false'], 'expected true or false')
  .default('false')
  .transform((value) => value === 'true');

/** The gateway's settings beside those of every service. Health and metrics are served on PORT, so HEALTH_HOST and HEALTH_PORT are not used. */
export const gatewaySettings = {
  ...serviceSettings,
  PORT: integerSetting(0, 65_535, 3_000).describe(
    'Port of everything that the gateway serves; 0 takes a free one',
  ),
  HOST: z.string().default('0.0.0.0').describe('Address on which the gateway listens'),
  SERVER_ADDRESS: z
    .string()
    .regex(SERVER_ADDRESS, 'expected :port or host:port')
    .optional()
    .describe('HOST and PORT as the demo has them, ":5555" or "host:5555"; where PORT is not set'),
  CLIENT_LOCATION: z
    .string()
    .refine(isFolder, 'expected a folder that exists')
    .optional()
    .describe('Folder of static files to serve at / instead of the plain page'),
  CHANNEL_JOIN_ORDER: z
    .enum(['asc', 'desc'], 'expected asc or desc')
    .default('desc')
    .describe('Order of the messages in the answer to a join that names none'),
  MAX_FRAME_BYTES: integerSetting(1_024, 16 * MEBIBYTE, LIMITS.frameBytes).describe(
    'Largest frame of a client in bytes; a larger one closes the connection with 1009',
  ),
  MAX_BUFFERED_BYTES: integerSetting(16 * 1_024, 256 * MEBIBYTE, MEBIBYTE).describe(
    'Bytes that may wait for a slow client; past it the connection is closed with 4008',
  ),
  MAX_QUEUED_FRAMES: integerSetting(1, 10_000, 64).describe(
    'Frames of one connection that may wait for their turn; past it its socket is not read',
  ),
  MAX_CONNECTIONS: integerSetting(1, 1_000_000, 50_000).describe(
    'Connections of one gateway; past it upgrades are refused with 503',
  ),
  SYS_FRAMES_PER_SECOND: integerSetting(1, 10_000_000, 10_000).describe(
    'Frames per second that tell everyone who came and went; above it they are dropped and counted',
  ),
  JOIN_FRAMES_PER_SECOND: integerSetting(1, 10_000_000, 10_000).describe(
    'Frames per second that tell large channels who joined and left; above it they are dropped and counted',
  ),
  FRAMES_PER_SECOND: integerSetting(0, 1_000_000, 200).describe(
    'Frames per second that one connection may send; above it they are refused with RATE_LIMITED; 0: as many as it likes',
  ),
  FRAMES_BURST: integerSetting(1, 1_000_000, 400).describe(
    'Frames that one connection may send at once after a rest',
  ),
  PRESENCE_GRACE_SECONDS: integerSetting(0, 60, 5).describe(
    'Time for which a user whose last connection was lost stays online, in seconds',
  ),
  DRAIN_SECONDS: integerSetting(0, 300, 20).describe(
    'Time over which a gateway that ends sends its clients away, in seconds; 0: all at once',
  ),
  SILENT_CHECK_SECONDS: integerSetting(5, 3_600, 30).describe(
    'Time after which a channel that was silent is looked after, in seconds: its last frame may have been lost',
  ),
  FANOUT_TICK_MS: integerSetting(0, 1_000, 0).describe(
    'Time for which frames of channels are collected before they leave, in milliseconds; 0: one turn of the event loop',
  ),
  COMPRESSION: flag.describe(
    'Whether clients may ask for permessage-deflate; frames of channels are then compressed once for all who did',
  ),
  TRUST_PROXY: flag.describe("Whether X-Forwarded-For of the one proxy in front tells the client's address"),
  SEALING_KEY: z
    .string('expected a key')
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === SEALING_KEY_BYTES, `expected ${SEALING_KEY_BYTES} bytes as base64`)
    .describe('Key that seals passwords and access keys between the gateways and the auth service, base64'),
};

/** The checked form of {@link gatewaySettings}, with the place to listen. */
export type GatewaySettings = Readonly<z.output<z.ZodObject<typeof gatewaySettings>>>;

/**
 * Reads the gateway's settings.
 * @throws SettingsError that names every fault.
 */
export function readGatewaySettings(env: NodeJS.ProcessEnv): GatewaySettings {
  const settings = readSettings(gatewaySettings, env);
  const [, host, port] = SERVER_ADDRESS.exec(settings.SERVER_ADDRESS ?? '') ?? [];
  if (port === undefined || env['PORT']) return settings;
  return Object.freeze({ ...settings, HOST: host || settings.HOST, PORT: Number(port) });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
