import type { RedisTransportClient } from '@parley/redis-transport';
import { lastValueFrom } from 'rxjs';

/** Publishes events to the other services; each service gets an event once, or on every replica where it asks for that. */
export class EventPublisher {
  constructor(private readonly transport: RedisTransportClient) {}

  /** Resolves when the event is stored; rejects when Redis did not take it. */
  async publish<T>(pattern: string, event: T): Promise<void> {
    await lastValueFrom(this.transport.emit(pattern, event), { defaultValue: undefined });
  }
}
