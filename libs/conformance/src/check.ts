import type { World } from './world.js';

/** One line of the protocol, shown on a running server. Rejects when the server does not keep it. */
export interface Check {
  /** Section, row and place, such as `2.6.3`. */
  readonly number: string;
  readonly title: string;
  /** Takes so long (heartbeats) that it runs on demand only, beside all others. */
  readonly long: boolean;
  readonly run: (world: World) => Promise<void>;
}

/** The checks of one row or paragraph of the protocol. */
export interface Section {
  readonly number: string;
  readonly title: string;
  readonly checks: readonly Check[];
}

/** Numbers the checks of a section in the order in which they are written, by their titles. */
export function section(
  number: string,
  title: string,
  checks: Readonly<Record<string, Check['run']>>,
  { long = false } = {},
): Section {
  return {
    number,
    title,
    checks: Object.entries(checks).map(([name, run], index) => ({
      number: `${number}.${index + 1}`,
      title: name,
      long,
      run,
    })),
  };
}
