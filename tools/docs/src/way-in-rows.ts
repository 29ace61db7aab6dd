import type { z } from 'zod';
import { settingsOf } from './apps.js';
import { defaultOf } from './setting-rows.js';
import type { Row } from './table.js';
import { built } from './workspace.js';

/** What the gateway says about one of its buffers. */
interface InBuffer {
  readonly what: string;
  readonly bound: string;
  readonly bytes: number;
}

/** The rows of the table of buffers between the network and an answer, with the defaults, and their sum. */
export async function wayInRows(): Promise<Row[]> {
  const { waysIn } = await built<{ waysIn(settings: object): InBuffer[] }>('apps/gateway/dist/way-in.js');
  const settings = Object.entries(await settingsOf('gateway')).map(
    ([name, type]) => [name, Number(defaultOf(type as z.ZodType))] as const,
  );
  const buffers = waysIn(Object.fromEntries(settings));
  const sum = buffers.reduce((bytes, buffer) => bytes + buffer.bytes, 0);
  return [...buffers, { what: '**all of them at once**', bound: '', bytes: sum }].map(
    ({ what, bound, bytes }) => ({ what, bound, 'at its fullest': inMebibytes(bytes) }),
  );
}

const inMebibytes = (bytes: number): string =>
  `${(bytes / 1024 ** 2).toFixed(bytes < 1024 ** 2 * 10 ? 1 : 0)} MiB`;
