import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

/** What is asked: a `RedisTransportServer` or a `RedisTransportClient`. */
export interface ReadyPart {
  isReady(): boolean;
}

/** Checks for `@nestjs/terminus`. The module that provides it imports `TerminusModule`. */
@Injectable()
export class RedisTransportHealthIndicator {
  constructor(@Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService) {}

  /**
   * Up while a server reads its requests and events, or while a client can send and be answered. Looks only at the
   * connections' state, so it costs no round trip. For readiness: a restart does not bring Redis back.
   */
  isReady<Key extends string>(key: Key, part: ReadyPart): HealthIndicatorResult<Key> {
    const indicator = this.indicators.check(key);
    return part.isReady() ? indicator.up() : indicator.down('Redis is away, or the start is not over');
  }
}
