import { TransportKeys } from '../redis/keys.js';
import { partitionsToRead } from '../redis/partitions-to-read.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisTransportServerLimits } from '../transport-options.js';
import { RedisClock } from './redis-clock.js';
import { type ConsumerOptions, RequestConsumer } from './request-consumer.js';

export interface RequestPartitionsOptions extends Omit<ConsumerOptions, 'keys' | 'reader' | 'clock'> {
  prefix: string;
  /** Returns a connection of its own for each role: a read blocks it. */
  link: (role: string) => RedisLink;
}

/**
 * Takes a service's requests from all of its streams. Each is read on a connection of its own, and has a clock of its own: on a Cluster
 * it lies on another machine, whose time its entries have.
 */
export class RequestPartitions {
  private parts: { consumer: RequestConsumer; clock: RedisClock; reader: RedisLink }[] = [];

  constructor(private readonly options: RequestPartitionsOptions) {
    options.writer.on('ready', () => {
      for (const { clock } of this.parts) void clock.start().catch((error) => options.logger.error(error));
    });
  }

  get consumers(): RequestConsumer[] {
    return this.parts.map(({ consumer }) => consumer);
  }

  /** Connects, reads the clocks, and joins the groups. @throws Redis's error; then it may be called again. */
  async join(): Promise<void> {
    const { writer, prefix, service, limits } = this.options;
    if (this.parts.length === 0) {
      const { partitions } = limits;
      const count = await writer.run((client) => partitionsToRead(client, { prefix, service, partitions }));
      this.parts = Array.from({ length: count }, (_, partition) => this.create(partition, count));
    }
    for (const { reader } of this.parts) reader.open();
    await Promise.all(this.parts.map(({ reader }) => reader.whenReady()));
    await Promise.all(this.parts.map(({ clock }) => clock.start()));
    for (const { consumer } of this.parts) await consumer.reader.join();
  }

  start(): void {
    for (const { consumer } of this.parts) consumer.start();
  }

  /** As that of each {@link RequestConsumer}. */
  async stop(): Promise<void> {
    await Promise.all(this.parts.map(({ consumer }) => consumer.stop()));
  }

  stopClocks(): void {
    for (const { clock } of this.parts) clock.stop();
  }

  private create(partition: number, count: number) {
    const { link, logger, writer, prefix, service, limits } = this.options;
    const keys = new TransportKeys(prefix, service, partition);
    const clock = new RedisClock(writer, keys.requests(), (error) => logger.error(error));
    const reader = link(partition === 0 ? 'reader' : `reader of partition ${partition}`);
    const own = { keys, clock, reader, limits: shareOf(limits, count) };
    return { clock, reader, consumer: new RequestConsumer({ ...this.options, ...own }) };
  }
}

/** What one of so many partitions may take of what a process has: together they take no more than it has. */
function shareOf(
  limits: Required<RedisTransportServerLimits>,
  count: number,
): Required<RedisTransportServerLimits> {
  const share = (bound: number) => Math.ceil(bound / count);
  return {
    ...limits,
    maxInFlight: share(limits.maxInFlight),
    maxStoredReplies: share(limits.maxStoredReplies),
    maxStoredRepliesBytes: share(limits.maxStoredRepliesBytes),
  };
}
