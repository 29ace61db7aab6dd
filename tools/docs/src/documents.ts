import { STATUS_CATALOGUE } from '@parley/contracts';
import { stackSettings } from '@parley/local-stack';
import { redisSettings } from '@parley/redis';
import { serviceSettings } from '@parley/service-kit';
import { APPS, keysOf, settingsOf } from './apps.js';
import { boundRows } from './bound-rows.js';
import { cliCommandRows, cliExitRows, cliKeyRows } from './cli-rows.js';
import { composeRows } from './compose-rows.js';
import { keyRows } from './key-rows.js';
import { METRIC_OWNERS, metricRows } from './metric-rows.js';
import { channelRows, ownerRows } from './owner-rows.js';
import { closeCodeRows, errorRows, frameRows, requestRows, rightRows } from './protocol-rows.js';
import { operationRows, scopeRows, statusRows } from './rest-rows.js';
import { ownSettings, settingRows } from './setting-rows.js';
import type { Row } from './table.js';
import { optionRows, transportErrorRows, transportKeyRows, transportMetricRows } from './transport-rows.js';
import { wayInRows } from './way-in-rows.js';

/** A table that a document shows between marks with its name, and the code that it shows. */
export interface GeneratedTable {
  /** Where the document is, from the root of the workspace. */
  readonly file: string;
  readonly name: string;
  readonly rows: () => readonly Row[] | Promise<readonly Row[]>;
}

type Rows = GeneratedTable['rows'];

const OPERATIONS = {
  'settings of every service': () => settingRows(serviceSettings),
  ...Object.fromEntries(
    APPS.map((app) => [
      `settings of ${app}`,
      async () => settingRows(ownSettings(await settingsOf(app), serviceSettings)),
    ]),
  ),
  'settings of npm start': () => settingRows(ownSettings(stackSettings, redisSettings)),
  bounds: boundRows,
  'buffers on the way in': wayInRows,
  ...Object.fromEntries(METRIC_OWNERS.map((owner) => [`metrics of ${owner}`, () => metricRows(owner)])),
  'variables of the compose files': composeRows,
};

const REDIS_KEYS = {
  ...Object.fromEntries(
    (['auth', 'users', 'channels'] as const).map((app) => [
      `keys of ${app}`,
      async () => keyRows(await keysOf(app)),
    ]),
  ),
  'keys of reports': () => keyRows(STATUS_CATALOGUE),
  'pub/sub channels': channelRows,
};

/** The settings of `npm start` that a newcomer may want to change. */
const FIRST_SETTINGS = [
  'PORT',
  'GATEWAY_WORKERS',
  'AUTH_REPLICAS',
  'USERS_REPLICAS',
  'CHANNELS_REPLICAS',
  'REDIS_URL',
  'DATA_DIR',
] as const;

function firstSettings(): Row[] {
  const shape = Object.fromEntries(FIRST_SETTINGS.map((name) => [name, stackSettings[name]]));
  return settingRows(shape).map(({ accepts: _, ...row }) => row);
}

const DOCUMENTS: Readonly<Record<string, Readonly<Record<string, Rows>>>> = {
  'README.md': { 'first settings': firstSettings },
  'docs/architecture.md': { owners: ownerRows },
  'docs/operations.md': OPERATIONS,
  'docs/operators.md': { scopes: scopeRows },
  'docs/protocol.md': {
    requests: requestRows,
    rights: rightRows,
    'frames from the server': frameRows,
    errors: errorRows,
    'close codes': closeCodeRows,
  },
  'docs/redis-keys.md': REDIS_KEYS,
  'apps/cli/README.md': { commands: cliCommandRows, keys: cliKeyRows, 'exit codes': cliExitRows },
  'docs/rest.md': { operations: operationRows, statuses: statusRows },
  'libs/redis-transport/README.md': {
    'options of the server': () => optionRows('SERVER_BOUNDS'),
    'options of the client': () => optionRows('CLIENT_BOUNDS'),
    'errors of the transport': transportErrorRows,
    'metrics of the transport': transportMetricRows,
    'keys of the transport': transportKeyRows,
  },
};

/** Every table that `npm run docs` writes. */
export const TABLES: readonly GeneratedTable[] = Object.entries(DOCUMENTS).flatMap(([file, tables]) =>
  Object.entries(tables).map(([name, rows]) => ({ file, name, rows })),
);
