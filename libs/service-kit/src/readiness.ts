/** Asks one thing that must hold before a process takes work. Rejects, or answers false, when it does not. */
export type ReadinessCheck = () => Promise<boolean> | boolean;

/** Tells whether this process should be given work. */
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();
  private draining = false;

  /** Adds a check under a name that the health page shows. */
  add(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /** From now on this process is not ready: it finishes what it has and takes nothing new. */
  drain(): void {
    this.draining = true;
  }

  /** The names of the checks that fail, none when ready. */
  async failing(): Promise<string[]> {
    if (this.draining) return ['draining'];
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => ((await holds(check)) ? undefined : name)),
    );
    return results.filter((name) => name !== undefined);
  }
}

/** Longest time that a check may take, in milliseconds: a probe gives up soon after. */
const CHECK_TIMEOUT_MS = 2_000;

async function holds(check: ReadinessCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false);
  });
  try {
    return await Promise.race([check(), late]);
  } catch {
    // A check that throws is a check that does not hold; the name of the check is the report.
    return false;
  } finally {
    clearTimeout(timer);
  }
}
