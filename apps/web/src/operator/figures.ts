import type { Status } from './operator-api.js';

/** What a moment of the chat comes to, over all gateways. */
export interface Figures {
  readonly connections: number;
  readonly posted: number;
  readonly delivered: number;
  /** The slowest gateway's mean, in milliseconds; undefined where nothing was delivered. */
  readonly lagMs: number | undefined;
  readonly slowClients: number;
  readonly setAside: number;
}

/** Moments that the plots show: five minutes of one each 5 s. */
export const MOMENTS = 60;

/** Adds up what the replicas report. */
export function figuresOf({ replicas }: Status): Figures {
  const gateways = replicas.flatMap(({ gateway }) => gateway ?? []);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const lags = gateways.flatMap(({ fanOutLagMs }) => fanOutLagMs ?? []);
  return {
    connections: sum(gateways.map(({ connections }) => connections)),
    posted: sum(gateways.map(({ postedPerSecond }) => postedPerSecond)),
    delivered: sum(gateways.map(({ deliveredPerSecond }) => deliveredPerSecond)),
    lagMs: lags.length === 0 ? undefined : Math.max(...lags),
    slowClients: sum(gateways.map(({ slowClients }) => slowClients)),
    setAside: sum(replicas.map(({ setAside }) => setAside)),
  };
}

/** The points of a line through values, oldest first, in a box: the largest is at the top, and 0 at the bottom. A gap has no point. */
export function pointsOf(
  values: readonly (number | undefined)[],
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const top = Math.max(1, ...values.flatMap((value) => value ?? []));
  const from = MOMENTS - values.length;
  return values
    .flatMap((value, place) => {
      if (value === undefined) return [];
      const x = ((from + place) * width) / (MOMENTS - 1);
      const y = height - 1 - (value / top) * (height - 2);
      return [`${x.toFixed(1)},${y.toFixed(1)}`];
    })
    .join(' ');
}

/** A number as people read it: at most one digit after the point. */
export const shown = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });

/** How long ago a time was, in the largest unit of which it has one. */
export function since(time: string, now: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(time)) / 1_000));
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
  ] as const)
    if (seconds >= length) return `${Math.floor(seconds / length)} ${unit}`;
  return `${seconds} s`;
}
