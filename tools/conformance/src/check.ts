import type { World } from './world.js';

/** One rule of the protocol, tried on a running server. Rejects when the server breaks it. */
export interface Check {
  /** Section, row and position, such as `2.6.3`. */
  readonly number: string;
  readonly title: string;
  /** Takes so long (heartbeats) that it runs only on demand, at the same time as all others. */
  readonly long: boolean;
  readonly run: (world: World) => Promise<void>;
}

/** The checks of one row or paragraph of the protocol. */
export interface Section {
  readonly number: string;
  readonly title: string;
  readonly checks: readonly Check[];
}

/**
 * Numbers the checks of a section in the order of their titles: first those of every run, then the long ones. Other
 * texts quote the numbers, so a new check goes to the end.
 */
export function section(
  number: string,
  title: string,
  checks: Readonly<Record<string, Check['run']>>,
  longChecks: Readonly<Record<string, Check['run']>> = {},
): Section {
  const all = [...Object.entries(checks), ...Object.entries(longChecks)];
  return {
    number,
    title,
    checks: all.map(([name, run], index) => ({
      number: `${number}.${index + 1}`,
      title: name,
      long: index >= Object.keys(checks).length,
      run,
    })),
  };
}
