import type { Check, Section } from './check.js';
import { SECTIONS } from './checks/index.js';
import { NotApplicable } from './not-applicable.js';
import type { TokenMaker } from './token-maker.js';
import { type Examine, World } from './world.js';

export interface SuiteOptions {
  /** One or more addresses of the same server, such as `ws://localhost:3000/ws`. The first two are used. */
  readonly urls: readonly string[];
  /** Selects checks by number, section and title, as in `2.6 channelJoin changes nothing`. */
  readonly only?: RegExp | undefined;
  /** Also runs the checks that take more than a minute. */
  readonly long?: boolean | undefined;
  /** How many checks run at the same time. Default 4. */
  readonly parallel?: number | undefined;
  /** The longest wait for any frame, in ms. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Makes tokens that the server takes. Without it, the checks of tokens do not apply. */
  readonly tokens?: TokenMaker | undefined;
  /** Finds further faults in what each connection of a check has sent and received. */
  readonly examine?: Examine | undefined;
  /** Called with each result, in the order of the suite, as soon as all earlier ones are known. */
  readonly onResult?: ((result: CheckResult) => void) | undefined;
}

export interface CheckResult {
  readonly number: string;
  readonly section: string;
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'not applicable';
  /** Why it failed or is not applicable. */
  readonly reason?: string;
  readonly milliseconds: number;
}

const matches = (only: RegExp | undefined, { title }: Section, check: Check): boolean =>
  only === undefined || only.test(`${check.number} ${title} ${check.title}`);

/** Runs the checks against a running server and resolves with one result for each. Never rejects for a failed check. */
export async function runSuite(options: SuiteOptions): Promise<CheckResult[]> {
  const { only, long = false, parallel = 4, onResult } = options;
  const pool = poolOf(parallel);
  const running = SECTIONS.flatMap((section) =>
    section.checks
      .filter((check) => (long || !check.long) && matches(only, section, check))
      .map((check) => {
        const run = () => runCheck(section, check, options);
        return check.long ? run() : pool(run);
      }),
  );
  const results: CheckResult[] = [];
  for (const check of running) {
    const result = await check;
    results.push(result);
    onResult?.(result);
  }
  return results;
}

async function runCheck(section: Section, check: Check, options: SuiteOptions): Promise<CheckResult> {
  const start = performance.now();
  const { urls, timeoutMs = 10_000, tokens, examine } = options;
  const outcome = await outcomeOf(check, new World({ urls, timeoutMs, tokens, examine }));
  const milliseconds = Math.round(performance.now() - start);
  const { number, title } = check;
  return { number, section: section.title, title, ...outcome, milliseconds };
}

async function outcomeOf(check: Check, world: World): Promise<Pick<CheckResult, 'outcome' | 'reason'>> {
  try {
    await check.run(world);
    world.verify();
    return { outcome: 'passed' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { outcome: error instanceof NotApplicable ? 'not applicable' : 'failed', reason };
  } finally {
    await world.close();
  }
}

/** Runs at most `size` tasks at a time, in the order given. */
function poolOf(size: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = size;
  return async (task) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
