const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000 };

/** A whole number between two bounds. */
export function count(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  throw new Error(`${option} ${text}: expected a whole number ${range}`);
}

/** A number with a unit, in milliseconds. */
export function timeMs(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (unit === undefined) throw new Error(`${option} ${text}: expected a time such as 50ms, 10s or 2m`);
  return Number(number) * UNITS_MS[unit]!;
}

/** A moment in ISO 8601 with its time zone, in milliseconds since the epoch. */
export function instant(option: string, text: string): number {
  const value = Date.parse(text);
  if (/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(value)) return value;
  throw new Error(`${option} ${text}: expected a time with its zone, such as ${new Date().toISOString()}`);
}

export function oneOf<T extends string>(option: string, text: string, names: readonly T[]): T {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Error(`${option} ${text}: expected one of ${names.join(', ')}`);
  return found;
}

/** Only ws://: TLS would cost this process more than the load itself. */
export function webSocketUrl(option: string, text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'ws:') return text;
  throw new Error(`${option} ${text}: expected ws://host:port/path`);
}

/** `name=pid`, or a pid alone. */
export function processOf(option: string, text: string): [string, number] {
  const [, name, pid] = /^(?:([^=]+)=)?(\d+)$/.exec(text) ?? [];
  if (pid === undefined) throw new Error(`${option} ${text}: expected name=pid`);
  return [name ?? pid, Number(pid)];
}
