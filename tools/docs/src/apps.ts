import type { z } from 'zod';
import type { CataloguedKey } from './key-rows.js';
import { built } from './workspace.js';

/** The services and the gateway. */
export const APPS = ['auth', 'users', 'channels', 'gateway'] as const;
export type App = (typeof APPS)[number];

/** The settings that an app reads, those of every service included. */
export async function settingsOf(app: App): Promise<z.ZodRawShape> {
  const config = await built<Record<string, z.ZodRawShape>>(`apps/${app}/dist/config.js`);
  return config[`${app}Settings`]!;
}

/** The Redis keys that a service owns. */
export async function keysOf(app: Exclude<App, 'gateway'>): Promise<readonly CataloguedKey[]> {
  const keys = await built<{ KEY_CATALOGUE: readonly CataloguedKey[] }>(`apps/${app}/dist/redis/keys.js`);
  return keys.KEY_CATALOGUE;
}
