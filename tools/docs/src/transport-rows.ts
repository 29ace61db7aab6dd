import type { Bound } from '@parley/service-kit';
import { Registry } from 'prom-client';
import { type CataloguedKey, keyRows } from './key-rows.js';
import { code, grouped, type Row } from './table.js';
import { built, textOf } from './workspace.js';

const FOLDER = 'libs/redis-transport';

/** Default, least and largest value of an option, as the transport declares them. */
type Bounds = readonly [value: number, least: number, most: number];
interface Options {
  readonly SERVER_BOUNDS: Readonly<Record<string, Bounds>>;
  readonly CLIENT_BOUNDS: Readonly<Record<string, Bounds>>;
}
interface Errors {
  readonly TRANSPORT_ERRORS: Readonly<
    Record<string, { readonly retryable: boolean; readonly meaning: string }>
  >;
}

/** The numbers that the server or the client of the transport takes; each meaning is the option's docstring. */
export async function optionRows(side: 'SERVER_BOUNDS' | 'CLIENT_BOUNDS'): Promise<Row[]> {
  const options = await transportOptions();
  const meanings = docstrings(textOf(`${FOLDER}/src/transport-options.ts`));
  return Object.entries(options[side]).map(([name, [value, least, most]]) => {
    const meaning = meanings.get(name);
    if (meaning === undefined) throw new Error(`${name} has no docstring`);
    return { option: code(name), default: `${value}`, least: `${least}`, most: `${most}`, meaning };
  });
}

/** The options of the transport with their bounds. */
export const transportOptions = (): Promise<Options> => built<Options>(`${FOLDER}/dist/transport-options.js`);

/** The docstring of each optional number in a source, on one line and without its full stop. */
function docstrings(source: string): Map<string, string> {
  const documented = source.matchAll(/\/\*\*((?:(?!\*\/).)+)\*\/\s+(\w+)\?: number;/gs);
  return new Map(
    [...documented].map(([, text, name]) => [
      name!,
      text!
        .replaceAll(/\s+(\* )?/g, ' ')
        .trim()
        .replace(/\.$/, ''),
    ]),
  );
}

export async function transportErrorRows(): Promise<Row[]> {
  const { TRANSPORT_ERRORS } = await built<Errors>(`${FOLDER}/dist/transport-error.js`);
  return Object.entries(TRANSPORT_ERRORS).map(([name, { retryable, meaning }]) => ({
    code: code(name),
    retryable: retryable ? 'yes' : 'no',
    meaning,
  }));
}

export async function transportKeyRows(): Promise<Row[]> {
  const keys = await built<{ KEY_CATALOGUE: readonly CataloguedKey[] }>(`${FOLDER}/dist/redis/keys.js`);
  return keyRows(keys.KEY_CATALOGUE);
}

/** The metrics of `@parley/redis-transport/metrics`. */
export async function transportMetricRows(): Promise<Row[]> {
  interface Metrics {
    RedisTransportMetrics: new (options: { registry: Registry }) => unknown;
  }
  const { RedisTransportMetrics } = await built<Metrics>(`${FOLDER}/dist/metrics.js`);
  const registry = new Registry();
  new RedisTransportMetrics({ registry });
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, type, help }) => ({ metric: code(name), type: String(type), meaning: help }));
}

/** The one bound of the transport that no option sets. */
export async function unheardReplies(): Promise<Bound> {
  const { MAX_KEPT } = await built<{ MAX_KEPT: number }>(`${FOLDER}/dist/server/unheard-replies.js`);
  return {
    what: 'Replies that could not be published while Redis was away',
    bound: `${grouped(MAX_KEPT)} characters`,
    atIt: 'the oldest are forgotten; their requests time out',
  };
}
