import type { RedisTransportClient } from '@parley/redis-transport';
import { lastValueFrom } from 'rxjs';

/** Tells the other services what has happened. A service gets an event once, or on every replica if it asks for that. */
export interface Events {
  /** Resolves when the event is stored; rejects when Redis did not take it. */
  publish<T>(pattern: string, event: T): Promise<void>;
}

/** Publishes {@link Events} over the transport. */
export class EventPublisher implements Events {
  constructor(private readonly transport: RedisTransportClient) {}

  async publish<T>(pattern: string, event: T): Promise<void> {
    await lastValueFrom(this.transport.emit(pattern, event), { defaultValue: undefined });
  }
}
