/** A process that Prometheus scrapes. */
export interface Target {
  /** The compose service; HAProxy's target has none. */
  readonly service?: string;
  readonly job: string;
  readonly health: string;
  readonly lastError: string;
}

/** A rule of Prometheus. */
export interface Rule {
  readonly name: string;
  /** "unknown" until its first evaluation, then "ok" or "err". */
  readonly health: string;
  readonly lastError?: string;
  /** Of an alert: "inactive", "pending" or "firing". */
  readonly state?: string;
}

/** The HTTP API of a Prometheus: https://prometheus.io/docs/prometheus/latest/querying/api. */
export class Prometheus {
  constructor(private readonly url: string) {}

  async isReady(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async targets(): Promise<Target[]> {
    const { activeTargets } = await this.ask<{ activeTargets: ApiTarget[] }>('targets?state=active');
    return activeTargets.map(({ labels, health, lastError }) => ({
      service: labels.service,
      job: labels.job,
      health,
      lastError,
    }));
  }

  async rules(): Promise<Rule[]> {
    const { groups } = await this.ask<{ groups: { rules: Rule[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  /** Evaluates an expression now. @returns the value of each series. @throws Error when it cannot be evaluated. */
  async query(expression: string): Promise<number[]> {
    const { result } = await this.ask<{ result: { value: [number, string] }[] }>(
      `query?query=${encodeURIComponent(expression)}`,
    );
    return result.map(({ value: [, text] }) => Number(text));
  }

  private async ask<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/${path}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`Prometheus on ${path}: ${error}`);
    return data;
  }
}

interface ApiTarget {
  readonly labels: { readonly job: string; readonly service?: string };
  readonly health: string;
  readonly lastError: string;
}
