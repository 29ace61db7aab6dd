import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where each process serves its metrics. A process that is restarted has another port. */
export class MetricsPages {
  private readonly pages = new Map<string, string>();
  private announce: ((name: string, url: string) => void) | undefined;
  private readonly file: string;
  private gatewayPorts: readonly number[] = [];

  constructor(
    folder: string,
    private readonly host: string,
  ) {
    this.file = join(folder, 'metrics.json');
  }

  /** The pages by the names of their processes. */
  all(): Record<string, string> {
    return Object.fromEntries([...this.pages].sort(([one], [other]) => one.localeCompare(other)));
  }

  set(name: string, port: number): void {
    const url = `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${port}/metrics`;
    if (this.pages.get(name) === url) return;
    this.pages.set(name, url);
    this.announce?.(name, url);
    if (this.announce !== undefined) this.write();
  }

  /**
   * From now on the data folder's `metrics.json` names the gateways' ports and all pages, for tools that watch the processes,
   * such as the load test.
   * @param announce called with each page, now and when it moves.
   */
  publish(gatewayPorts: readonly number[], announce: (name: string, url: string) => void): void {
    this.gatewayPorts = gatewayPorts;
    this.announce = announce;
    for (const [name, url] of Object.entries(this.all())) announce(name, url);
    this.write();
  }

  /** The processes have ended. */
  withdraw(): void {
    rmSync(this.file, { force: true });
  }

  private write(): void {
    writeFileSync(this.file, `${JSON.stringify({ gatewayPorts: this.gatewayPorts, pages: this.all() })}\n`);
  }
}
