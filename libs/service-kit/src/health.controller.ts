import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { Readiness } from './readiness.js';

/** Liveness and readiness, for anyone who asks: the status and nothing else. {@link MetricsServer} tells operators more. */
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The event loop responds, so a restart would not help. */
  @Get('health/live')
  @Header('cache-control', 'no-store')
  live(): { status: string } {
    return { status: 'ok' };
  }

  /** Redis is reachable and the consumer group is joined, so this process can take work. */
  @Get('health/ready')
  @Header('cache-control', 'no-store')
  async ready(): Promise<{ status: string }> {
    const failing = await this.readiness.failing();
    if (failing.length > 0) throw new ServiceUnavailableException({ status: 'unavailable' });
    return { status: 'ok' };
  }
}
