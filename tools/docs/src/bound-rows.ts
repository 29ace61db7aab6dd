import { type Bound, serviceBounds } from '@parley/service-kit';
import type { z } from 'zod';
import { APPS, settingsOf } from './apps.js';
import { defaultOf } from './setting-rows.js';
import { code, grouped, type Row } from './table.js';
import { transportOptions, unheardReplies } from './transport-rows.js';
import { built } from './workspace.js';

/** The bounds of Redis itself. The second is its own default for subscribers (redis.conf, "client-output-buffer-limit pubsub"). */
const OF_REDIS: readonly Row[] = [
  {
    what: 'Memory of Redis',
    bound: 'as configured',
    setting: '`maxmemory` of Redis',
    'what happens at it': '`STORAGE_FULL`; nothing is half written, nothing stored is lost',
  },
  {
    what: 'Bytes that Redis keeps for one subscriber that does not read',
    bound: '32 MiB, or 8 MiB for 60 s',
    setting: '`client-output-buffer-limit` of Redis',
    'what happens at it': 'it is cut, subscribes again and reads what it missed from the logs',
  },
];

/** The rows of the table of bounds: what is bounded, how much by default, by which setting, and what happens at it. */
export async function boundRows(): Promise<Row[]> {
  const bounds = [
    ...(await boundsOf('gateway')),
    ...serviceBounds,
    await unheardReplies(),
    ...(await boundsOf('auth')),
    ...(await boundsOf('users')),
    ...(await boundsOf('channels')),
  ];
  const values = await defaults();
  return [...bounds.map((bound) => boundRow(bound, values)), ...OF_REDIS];
}

async function boundsOf(app: 'gateway' | 'auth' | 'users' | 'channels'): Promise<readonly Bound[]> {
  const module = await built<Record<string, readonly Bound[]>>(`apps/${app}/dist/bounds.js`);
  return module[`${app}Bounds`]!;
}

/** The default of a setting, or of an option of the transport. */
interface Default {
  readonly value: number;
  readonly ofTransport: boolean;
}

async function defaults(): Promise<Map<string, Default>> {
  const settings = Object.assign({}, ...(await Promise.all(APPS.map(settingsOf)))) as z.ZodRawShape;
  const { SERVER_BOUNDS, CLIENT_BOUNDS } = await transportOptions();
  return new Map<string, Default>([
    ...Object.entries({ ...SERVER_BOUNDS, ...CLIENT_BOUNDS }).map(
      ([name, [value]]) => [name, { value, ofTransport: true }] as const,
    ),
    ...Object.entries(settings).map(
      ([name, type]) => [name, { value: Number(defaultOf(type as z.ZodType)), ofTransport: false }] as const,
    ),
  ]);
}

const NAMED = /\{(\w+)\}/g;

function boundRow({ what, bound, atIt }: Bound, values: ReadonlyMap<string, Default>): Row {
  const found = (name: string): Default => {
    const value = values.get(name);
    if (value === undefined || Number.isNaN(value.value)) throw new Error(`${name} has no default number`);
    return value;
  };
  const names = [...bound.matchAll(NAMED)].map(([, name]) => name!);
  const settings = names.map((name) => `${code(name)}${found(name).ofTransport ? ' of the transport' : ''}`);
  return {
    what,
    bound: bound.replaceAll(NAMED, (_, name: string) => grouped(found(name).value)),
    setting: settings.join(', ') || 'fixed',
    'what happens at it': atIt,
  };
}
