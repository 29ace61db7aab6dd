import { within } from './within.js';

/** Checks one condition for taking work. Rejects or returns false if it does not hold. */
export type ReadinessCheck = () => Promise<boolean> | boolean;

/** Tells whether this process should get work. */
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();
  private draining = false;
  private checking: Promise<string[]> | undefined;

  /** Adds a check under a name that the health page shows. */
  add(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /** From now on this process is not ready: it finishes its work and takes no more. */
  drain(): void {
    this.draining = true;
  }

  /**
   * Returns the names of the checks that fail; none if the process is ready. Those who ask while the checks run get the same
   * result: strangers may ask as often as they like, and Redis is asked once at a time.
   */
  async failing(): Promise<string[]> {
    if (this.draining) return ['draining'];
    this.checking ??= this.check().finally(() => {
      this.checking = undefined;
    });
    return this.checking;
  }

  private async check(): Promise<string[]> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => ((await holds(check)) ? undefined : name)),
    );
    return results.filter((name) => name !== undefined);
  }
}

/** The longest that a check may take, in milliseconds: a probe gives up soon after. */
const CHECK_TIMEOUT_MS = 2_000;

async function holds(check: ReadinessCheck): Promise<boolean> {
  try {
    return await within(CHECK_TIMEOUT_MS, Promise.resolve().then(check));
  } catch {
    // A check that throws or is late does not hold; its name is the report.
    return false;
  }
}
