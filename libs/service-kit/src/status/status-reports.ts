import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  type GatewayFigures,
  STATUS_EVERY_MS,
  STATUS_KEPT_MS,
  type StatusRecord,
  statusKey,
} from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import type { Logger } from '../logger.js';
import type { Readiness } from '../readiness.js';
import { within } from '../within.js';
import { redisTime } from './status-board.js';

/** What the transport's server counts that is reported. */
interface Served {
  metrics(): { readonly setAside: number; readonly queueDepth: number };
}

/** Who reports, and of what. */
export interface StatusSource {
  readonly service: string;
  /** The deployment's prefix. */
  readonly prefix: string;
  readonly servers: readonly Served[];
  readonly readiness: Pick<Readiness, 'failing'>;
}

/** The version of the services: all of them have the same one. */
const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** How long taking the last report back may take, in milliseconds. */
const END_MS = 500;

/**
 * Reports every few seconds in Redis how this replica is, for the operator's page. A report that fails is left out: the next
 * one has everything that it would have had, and a service does not depend on it.
 */
export class StatusReports {
  private readonly id = randomUUID();
  private readonly startedAt = Date.now() - Math.round(process.uptime() * 1_000);
  private readonly key: string;
  private figures: (() => Promise<GatewayFigures>) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private used = process.cpuUsage();
  private measuredAt = performance.now();
  private hasFailed = false;
  private hasReported = false;
  private hasEnded = false;

  constructor(
    private readonly redis: RedisConnection,
    private readonly source: StatusSource,
    private readonly logger: Logger,
  ) {
    this.key = statusKey(source.prefix, source.service);
  }

  /** From now on reports have these figures, too. */
  addFigures(figures: () => Promise<GatewayFigures>): void {
    this.figures = figures;
  }

  /** Reports now and from then on. Resolves after the first attempt. */
  async start(): Promise<void> {
    await this.report();
    if (!this.hasEnded) this.timer = setTimeout(() => void this.start(), STATUS_EVERY_MS).unref();
  }

  /** Stops reporting, and takes the last report back. */
  async end(): Promise<void> {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.timer);
    if (!this.hasReported) return;
    await within(END_MS, this.redis.hdel(this.key, this.id)).catch(() => {
      // Gateways drop it once it is stale.
    });
  }

  private async report(): Promise<void> {
    try {
      const record = JSON.stringify(await this.record());
      if (this.hasEnded) return;
      this.hasReported = true;
      await this.redis.hset(this.key, this.id, record);
      await this.redis.pexpire(this.key, STATUS_KEPT_MS);
      this.hasFailed = false;
    } catch (error) {
      if (!this.hasFailed) this.logger.warn({ err: error }, "could not report for the operator's page");
      this.hasFailed = true;
    }
  }

  private async record(): Promise<StatusRecord> {
    const served = this.source.servers.map((server) => server.metrics());
    return {
      at: await redisTime(this.redis),
      service: this.source.service,
      id: this.id,
      version: VERSION,
      host: hostname(),
      startedAt: this.startedAt,
      memoryBytes: process.memoryUsage.rss(),
      cpu: this.cpu(),
      failing: await this.source.readiness.failing(),
      setAside: served.reduce((sum, { setAside }) => sum + setAside, 0),
      queueDepth: served.reduce((sum, { queueDepth }) => sum + queueDepth, 0),
      gateway: await this.figures?.(),
    };
  }

  /** The share of a core since the last call. */
  private cpu(): number {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.used);
    const share = (user + system) / 1_000 / Math.max(1, now - this.measuredAt);
    this.used = process.cpuUsage();
    this.measuredAt = now;
    return Math.round(share * 1_000) / 1_000;
  }
}
