import { LATER_SHARE, type Lane } from '../lanes.js';
import { TransportKeys } from '../redis/keys.js';
import { partitionsToRead } from '../redis/partitions-to-read.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisTransportServerLimits } from '../transport-options.js';
import { KeptReplies } from './kept-replies.js';
import { RedisClock } from './redis-clock.js';
import { type ConsumerOptions, RequestConsumer } from './request-consumer.js';

type Limits = Required<RedisTransportServerLimits>;

export interface RequestPartitionsOptions
  extends Omit<ConsumerOptions, 'keys' | 'lane' | 'kept' | 'reader' | 'clock'> {
  prefix: string;
  lanes: readonly Lane[];
  /** Returns a connection of its own for each role: a read blocks it. */
  link: (role: string) => RedisLink;
}

/** What reads one partition: a consumer for each lane, and the clock of the machine that it lies on. */
interface Part {
  clock: RedisClock;
  lanes: { consumer: RequestConsumer; reader: RedisLink }[];
}

/**
 * Takes a service's requests from all of its streams: one for each lane in each partition. Each stream is read on a connection of its own, so that
 * one whose handlers are all busy holds up no other. Each partition has a clock of its own: on a Cluster it lies on another machine, whose
 * time its entries have.
 */
export class RequestPartitions {
  private parts: Part[] = [];

  constructor(private readonly options: RequestPartitionsOptions) {
    options.writer.on('ready', () => {
      for (const { clock } of this.parts) void clock.start().catch((error) => options.logger.error(error));
      for (const consumer of this.consumers) void consumer.noteReading();
    });
  }

  get consumers(): RequestConsumer[] {
    return this.lanes.map(({ consumer }) => consumer);
  }

  /** Connects, reads the clocks, and joins the groups. @throws Redis's error; then it may be called again. */
  async join(): Promise<void> {
    const { writer, prefix, service, limits } = this.options;
    if (this.parts.length === 0) {
      const { partitions } = limits;
      const count = await writer.run((client) => partitionsToRead(client, { prefix, service, partitions }));
      this.parts = Array.from({ length: count }, (_, partition) => this.create(partition, count));
    }
    for (const { reader } of this.lanes) reader.open();
    await Promise.all(this.lanes.map(({ reader }) => reader.whenReady()));
    await Promise.all(this.parts.map(({ clock }) => clock.start()));
    for (const consumer of this.consumers) await consumer.join();
  }

  start(): void {
    for (const consumer of this.consumers) consumer.start();
  }

  /** As that of each {@link RequestConsumer}. */
  async stop(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
  }

  stopClocks(): void {
    for (const { clock } of this.parts) clock.stop();
  }

  private get lanes(): Part['lanes'] {
    return this.parts.flatMap(({ lanes }) => lanes);
  }

  private create(partition: number, count: number): Part {
    const { link, logger, writer, prefix, service } = this.options;
    const limits = shareOf(this.options.limits, count);
    const place = new TransportKeys(prefix, service, partition);
    const clock = new RedisClock(writer, place.requests(), (error) => logger.error(error));
    const kept = new KeptReplies(limits);
    const lanes = this.options.lanes.map((lane) => {
      const reader = link(roleOf(partition, lane));
      const keys = new TransportKeys(prefix, service, partition, lane);
      const own = { keys, lane, kept, clock, reader, limits: limitsOf(lane, limits) };
      return { reader, consumer: new RequestConsumer({ ...this.options, ...own }) };
    });
    return { clock, lanes };
  }
}

/** The role of the connection that reads a stream of requests. */
function roleOf(partition: number, lane: Lane): string {
  const reader = lane === 'now' ? 'reader' : `reader of ${lane}`;
  return partition === 0 ? reader : `${reader} of partition ${partition}`;
}

/** What one of so many partitions may take of what a process has: together they take no more than it has. */
function shareOf(limits: Limits, count: number): Limits {
  const share = (bound: number) => Math.ceil(bound / count);
  return {
    ...limits,
    maxInFlight: share(limits.maxInFlight),
    maxStoredReplies: share(limits.maxStoredReplies),
    maxStoredRepliesBytes: share(limits.maxStoredRepliesBytes),
  };
}

/** The handlers of `later` are beside those of `now`, so that nothing in `now` waits for one. */
const limitsOf = (lane: Lane, limits: Limits): Limits =>
  lane === 'now' ? limits : { ...limits, maxInFlight: Math.ceil(limits.maxInFlight * LATER_SHARE) };
