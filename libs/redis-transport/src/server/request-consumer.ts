import type { LoggerService } from '@nestjs/common';
import type { Serializer } from '@nestjs/microservices';
import type { TransportKeys } from '../redis/keys.js';
import { leaveGroup } from '../redis/leave-group.js';
import { setAsideEntry } from '../redis/set-aside-entry.js';
import { splitEntry } from '../redis/split-entry.js';
import type { TakenEntry } from '../redis/take-over.js';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisTransportServerLimits } from '../transport-options.js';
import { entryTime, field, type RawEntry } from '../wire-format.js';
import { within } from '../within.js';
import { GroupHold } from './group-hold.js';
import { GroupReader } from './group-reader.js';
import type { HandlerHost } from './handler-host.js';
import { bodyOfOne, type DecodedEntry, decodeEntry, type HeldRequest } from './held-request.js';
import type { RedisClock } from './redis-clock.js';
import { ReplyWriter } from './reply-writer.js';
import { RequestRunner } from './request-runner.js';

/** The most entries in one read: more would not be cheaper per entry, and would leave less for other replicas. */
const READ_MAX = 64;

export interface ConsumerOptions {
  service: string;
  consumer: string;
  limits: Required<RedisTransportServerLimits>;
  keys: TransportKeys;
  reader: RedisLink;
  writer: RedisLink;
  clock: RedisClock;
  host: HandlerHost;
  serializer: Serializer;
  logger: LoggerService;
}

/** Takes a service's requests from its stream: reads, runs, settles, takes over, sets aside. */
export class RequestConsumer {
  readonly runner: RequestRunner;
  readonly reader: GroupReader;
  readonly replies: ReplyWriter;
  readonly hold: GroupHold;
  readonly counters = { takenOver: 0, setAside: 0 };
  /** The length of the service's queue when last read. */
  queueDepth = 0;
  /** Recent requests per entry, which tells how many entries fit. */
  private entrySize = 1;

  // biome-ignore lint/complexity/noExcessiveLinesPerFunction: makes the four parts and ties each to the others, no more.
  constructor(private readonly options: ConsumerOptions) {
    const { writer, keys, service, limits, consumer, logger } = options;
    this.hold = new GroupHold({
      link: writer,
      stream: keys.requests(),
      partial: keys.partial(),
      group: service,
      consumer,
      ...limits,
      claimedKeys: () => this.runner.gate.claimedKeys(),
      capacity: () => this.runner.queue.room,
      onTaken: (taken) => this.takeIn(taken),
      onTick: () => {
        this.runner.endLateStreams();
        this.reader.checkSilence();
        void this.readDepth();
      },
      onError: (error) => logger.error(error),
    });
    this.replies = new ReplyWriter({
      link: writer,
      keys,
      group: service,
      serializer: options.serializer,
      logger,
      now: () => options.clock.now(),
      onSettled: (ids) => {
        for (const id of ids) this.hold.remove(id);
      },
    });
    this.runner = this.createRunner();
    this.reader = new GroupReader({
      link: options.reader,
      writer,
      stream: keys.requests(),
      group: service,
      consumer,
      groupStart: () => '0',
      capacity: () => this.capacity(),
      onEntries: (entries) => this.receive(entries),
      logger,
    });
  }

  start(): void {
    this.hold.start();
    this.reader.start();
  }

  /** Stops reading, finishes what is in hand within `drainMs`, and leaves the group if nothing is left. */
  async stop(): Promise<void> {
    const { writer, keys, service, consumer, limits } = this.options;
    this.hold.stopLooking();
    await this.reader.stop();
    await within(limits.drainMs, this.runner.queue.whenIdle());
    await within(limits.drainMs, this.replies.whenSettled());
    this.hold.stop();
    this.replies.close();
    if (writer.ready) {
      await writer
        .run((client) => leaveGroup(client, keys.requests(), { group: service, consumer }))
        .catch((error: unknown) => faultKind(error) === 'refused' && this.options.logger.error(error));
    }
  }

  private createRunner(): RequestRunner {
    const { host, clock, limits, writer, keys, consumer, logger } = this.options;
    return new RequestRunner({
      host,
      clock,
      logger,
      replies: this.replies,
      maxInFlight: limits.maxInFlight,
      onRoom: () => this.reader.wake(),
      gate: {
        link: writer,
        keys,
        consumer,
        leaseMs: limits.takeOverAfterMs,
        ttlMs: limits.idempotencyTtlMs,
        maxStoredReplyBytes: limits.maxStoredReplyBytes,
      },
    });
  }

  private async readDepth(): Promise<void> {
    const { writer, keys } = this.options;
    const depth = await writer.run((client) => client.get(keys.depth())).catch(() => null);
    if (depth !== null) this.queueDepth = Number(depth);
  }

  private capacity(): number {
    const { room } = this.runner.queue;
    return room <= 0 ? 0 : Math.min(READ_MAX, Math.ceil(room / this.entrySize));
  }

  private receive(entries: RawEntry[]): void {
    for (const [id, fields] of entries) {
      this.hold.add(id);
      const decoded = this.decode(id, fields ?? [], 1 + Number(field(fields ?? [], 't') ?? 0));
      if (!decoded) continue;
      // Only if a single try is allowed: a batch that was split has had its try.
      if (decoded.entry.tries > this.options.limits.maxTries) void this.setAside(decoded);
      else this.accept(decoded);
    }
  }

  private accept({ entry, requests }: DecodedEntry): void {
    this.entrySize += (requests.length - this.entrySize) / 8;
    if (requests.length === 0) this.replies.finishEntry(entry);
    for (const request of requests) this.runner.queue.add(request);
  }

  private takeIn(taken: TakenEntry[]): void {
    for (const entry of taken) {
      const { id, verdict, tries, finished, fields } = entry;
      const decoded = this.decode(id, fields, verdict === 'retry' ? tries + 1 : tries, finished);
      if (!decoded) continue;
      this.counters.takenOver += decoded.requests.length;
      if (verdict === 'retry') this.accept(decoded);
      else if (verdict === 'split') void this.split(decoded);
      else void this.setAside(decoded);
    }
  }

  /** From here on each request is on its own: one that kills its replica must not count against the others. */
  private async split({ entry, requests }: DecodedEntry): Promise<void> {
    const { writer, keys, service } = this.options;
    const names = { requests: keys.requests(), partial: keys.partial(), depth: keys.depth() };
    await this.attempt(entry.id, async () => {
      const bodies = requests.map(bodyOfOne);
      await writer.run((client) => splitEntry(client, names, { group: service, entry, bodies }));
    });
  }

  private async setAside({ entry, requests }: DecodedEntry): Promise<void> {
    await this.attempt(entry.id, async () => {
      const [request] = requests;
      if (!request || !(await this.toDead(entry.id, entry.size, 'every replica that ran it died', request)))
        return;
      this.counters.setAside++;
      request.id = (await this.options.host.deserialize(request.packet)).id;
      this.replies.error(request, 'SET_ASIDE', `Set aside after ${entry.tries} tries`);
    });
  }

  private async toDead(id: string, size: number, reason: string, request?: HeldRequest): Promise<boolean> {
    const { writer, keys, service, limits } = this.options;
    const record = {
      reason,
      pattern: request ? this.options.host.findHandler(request.packet.pattern).route : '',
      tries: request?.entry.tries ?? 1,
      requestedAt: entryTime(request?.origin ?? id),
      payload: JSON.stringify(request?.packet ?? '').slice(0, limits.maxDeadPayloadBytes),
    };
    const names = { stream: keys.requests(), dead: keys.dead(), depth: keys.depth() };
    const aside = { group: service, entry: { id, size }, maxDead: limits.maxDead, record };
    return writer.run((client) => setAsideEntry(client, names, aside));
  }

  /** Decodes an entry. An unreadable entry is set aside, because it must not be delivered endlessly. */
  private decode(
    id: string,
    fields: readonly string[],
    tries: number,
    finished?: ReadonlySet<number>,
  ): DecodedEntry | undefined {
    try {
      return decodeEntry(id, fields, tries, finished);
    } catch (error) {
      this.options.logger.error(error);
      this.counters.setAside++;
      const size = Number(field(fields, 'n') ?? 1);
      void this.attempt(id, () => this.toDead(id, size, 'not a batch of requests'));
      return undefined;
    }
  }

  /** Handles an entry in hand, then drops it. If the work fails, the entry is taken over again. */
  private async attempt(id: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (faultKind(error) === 'refused') this.options.logger.error(error);
    }
    this.hold.remove(id);
  }
}
