import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { register } from 'prom-client';
import { Readiness } from './readiness.js';

/** Liveness, readiness and the metrics of this process. */
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The event loop responds, so a restart would not help. */
  @Get('health/live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  /** Redis is reachable and the consumer group is joined, so this process can take work. A 503 names what is missing. */
  @Get('health/ready')
  async ready(): Promise<{ status: string }> {
    const failing = await this.readiness.failing();
    if (failing.length > 0) throw new ServiceUnavailableException({ status: 'unavailable', failing });
    return { status: 'ok' };
  }

  /** Metrics in Prometheus's text format. */
  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return register.metrics();
  }
}
